import type { Screen, ScreenOptions } from "./screen.js";

/** Takes the whole terminal. What draws it is loaded now: commands that print lines do without. */
export async function openScreen(options: ScreenOptions): Promise<Screen> {
  // React's build for development keeps a record of every drawing.
  process.env.NODE_ENV ??= "production";
  const { Screen } = await import("./screen.js");
  return new Screen(options);
}
