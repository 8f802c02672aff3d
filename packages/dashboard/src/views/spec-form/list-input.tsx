import { useState } from "react";
import type { Ids } from "./field-input.js";
import { listOf, textOf } from "./text.js";

interface ListInputProps {
  readonly ids: Ids;
  readonly placeholder: string;
  readonly of: "text" | "number";
  readonly given: unknown;
  readonly onChange: (next: unknown) => void;
}

/** A list, separated by commas: as it is typed while it means what is given, else what is given. */
export function ListInput({ ids, placeholder, of, given, onChange }: ListInputProps) {
  // "a," means the same list as "a": a field that showed the list itself would swallow the comma.
  const [typed, setTyped] = useState("");
  const isMeant = JSON.stringify(listOf(typed, of)) === JSON.stringify(given);
  return (
    <input
      {...ids}
      placeholder={placeholder}
      value={isMeant ? typed : textOf(given)}
      onChange={({ target }) => {
        setTyped(target.value);
        onChange(listOf(target.value, of));
      }}
    />
  );
}
