import { type ComponentType, type FunctionComponent, use } from "react";

/** A view in a file of its own. */
export interface Later<Props> {
  /** Suspends until the file is there. */
  readonly View: FunctionComponent<Props>;
  /** Reads the file before the view is shown. */
  readonly read: () => Promise<unknown>;
}

/**
 * A view whose file is read when it is needed. Other than with `lazy` one that is there is drawn at once: React keeps what it has
 * shown in place of a view that it had to wait for, for 300 ms.
 */
export function later<Props extends object>(load: () => Promise<{ readonly default: ComponentType<Props> }>) {
  let found: ComponentType<Props> | undefined;
  let reading: Promise<ComponentType<Props>> | undefined;
  const read = () => {
    reading ??= load().then((file) => {
      found = file.default;
      return found;
    });
    return reading;
  };
  const View = (props: Props) => {
    const Found = found ?? use(read());
    return <Found {...props} />;
  };
  return { View, read } satisfies Later<Props>;
}
