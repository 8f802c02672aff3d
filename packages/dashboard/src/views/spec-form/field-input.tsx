import { type ReactNode, useId } from "react";
import type { Field, NamedField } from "./fields.js";
import { ListInput } from "./list-input.js";
import { numberOf, textOf } from "./text.js";
import { at, isValue, type Value } from "./value.js";

export interface FormState {
  readonly value: Value;
  readonly onChange: (path: readonly string[], next: unknown) => void;
  /** What is wrong, by the path with dots. */
  readonly problems: ReadonlyMap<string, string>;
  /** What is offered for a text, by the path with dots. */
  readonly offers: Readonly<Record<string, readonly string[]>>;
}

interface FieldProps {
  readonly named: NamedField;
  readonly path: readonly string[];
  readonly form: FormState;
}

/** One setting, with what it means and what is wrong with it. */
function FieldInput({ named, path, form }: FieldProps) {
  const { field, name } = named;
  if (field.kind === "other") return null;
  if (field.kind === "group")
    return (
      <fieldset className="wide">
        <legend>{wordsOf(name)}</legend>
        <Wrong problem={form.problems.get(path.join("."))} />
        <Description text={named.description} />
        <FieldList fields={field.fields} path={path} form={form} />
      </fieldset>
    );
  if (field.kind === "variants") return <Variants named={named} field={field} path={path} form={form} />;
  return (
    <Labelled named={named} path={path} form={form}>
      {(ids) => <Control named={named} path={path} form={form} ids={ids} />}
    </Labelled>
  );
}

interface FieldListProps {
  readonly fields: readonly NamedField[];
  readonly path: readonly string[];
  readonly form: FormState;
}

export const FieldList = ({ fields, path, form }: FieldListProps) => (
  <div className="fields">
    {fields.map((named) => (
      <FieldInput key={named.name} named={named} path={[...path, named.name]} form={form} />
    ))}
  </div>
);

interface VariantsProps extends FieldProps {
  readonly field: Extract<Field, { kind: "variants" }>;
}

function Variants({ named, field, path, form }: VariantsProps) {
  const given = at(form.value, path);
  const initial = isValue(named.initial) ? named.initial[field.key] : named.initial;
  // One that is given by its name alone has its settings' defaults.
  const chosen = isValue(given) ? given[field.key] : given;
  const fields = field.variants.get(String(chosen ?? initial ?? "")) ?? [];
  const open = chosen === undefined ? { ...form, onChange: openWith(form, path, field.key, initial) } : form;
  return (
    <fieldset className="wide">
      <legend>{wordsOf(named.name)}</legend>
      <div className="fields">
        <Labelled named={{ ...named, name: field.key, isRequired: false }} path={path} form={form}>
          {(ids) => (
            <select
              {...ids}
              value={chosen === undefined ? "" : String(chosen)}
              onChange={({ target }) =>
                form.onChange(path, target.value === "" ? undefined : { [field.key]: target.value })
              }
            >
              <option value="">{initial === undefined ? "not set" : `default: ${initial}`}</option>
              {[...field.variants.keys()].map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          )}
        </Labelled>
        {fields.map((inner) => (
          <FieldInput key={inner.name} named={inner} path={[...path, inner.name]} form={open} />
        ))}
      </div>
    </fieldset>
  );
}

/** The first setting of a default variant names the variant, too. */
const openWith =
  (form: FormState, path: readonly string[], key: string, initial: unknown): FormState["onChange"] =>
  (place, next) =>
    form.onChange(path, { [key]: initial, [place.at(-1) ?? ""]: next });

export interface Ids {
  readonly id: string;
  readonly "aria-describedby": string;
  readonly "aria-invalid": boolean;
}

function Labelled({ named, path, form, children }: FieldProps & { readonly children: (ids: Ids) => ReactNode }) {
  const id = useId();
  const problem = form.problems.get(path.join("."));
  return (
    <div className="field">
      <label htmlFor={id}>
        {wordsOf(named.name)} {named.isRequired && <span className="quiet">required</span>}
      </label>
      {children({ id, "aria-describedby": `${id}-about`, "aria-invalid": problem !== undefined })}
      <div id={`${id}-about`}>
        <Wrong problem={problem} />
        <Description text={named.description} />
      </div>
    </div>
  );
}

const Wrong = ({ problem }: { readonly problem: string | undefined }) =>
  problem === undefined ? null : <div className="wrong">{problem}</div>;

/** The first sentence; the rest behind it. */
function Description({ text }: { readonly text: string }) {
  const [first = "", ...rest] = text.split(/(?<=[.:;])\s+/);
  if (text === "") return null;
  if (text.length < 110 || rest.length === 0) return <div className="quiet">{text}</div>;
  return (
    <details className="quiet">
      <summary>{first.replace(/[:;]$/, "")}</summary>
      {rest.join(" ")}
    </details>
  );
}

function Control({ named, path, form, ids }: FieldProps & { readonly ids: Ids }) {
  const { field, initial, isRequired } = named;
  const given = at(form.value, path);
  const set = (next: unknown) => form.onChange(path, next);
  const placeholder = initial === undefined ? "" : `default: ${textOf(initial)}`;
  switch (field.kind) {
    case "flag":
    case "choice": {
      const options = field.kind === "flag" ? ["true", "false"] : field.options;
      const read = (text: string) => (field.kind === "flag" ? text === "true" : text);
      return (
        <select
          {...ids}
          value={given === undefined ? "" : String(given)}
          onChange={({ target }) => set(target.value === "" ? undefined : read(target.value))}
        >
          <option value="">{placeholder || "not set"}</option>
          {options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      );
    }
    case "number":
      return (
        <input
          {...ids}
          inputMode={field.isWhole ? "numeric" : "decimal"}
          placeholder={placeholder}
          value={textOf(given)}
          onChange={({ target }) => set(numberOf(target.value))}
        />
      );
    case "list":
      return (
        <ListInput
          ids={ids}
          placeholder={placeholder || "separated by commas"}
          of={field.of}
          given={given}
          onChange={set}
        />
      );
    default: {
      const offers = form.offers[path.join(".")] ?? [];
      return (
        <>
          <input
            {...ids}
            list={`${ids.id}-offers`}
            placeholder={placeholder}
            required={isRequired}
            value={isValue(given) ? "" : textOf(given)}
            onChange={({ target }) => set(target.value === "" ? undefined : target.value)}
          />
          <datalist id={`${ids.id}-offers`}>
            {offers.map((offer) => (
              <option key={offer} value={offer} />
            ))}
          </datalist>
        </>
      );
    }
  }
}

/** "learningRate" as "Learning rate". */
export function wordsOf(name: string): string {
  const spaced = name.replace(/([a-z])([A-Z0-9])/g, "$1 $2").toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
