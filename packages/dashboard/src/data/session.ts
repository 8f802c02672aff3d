import { TributaryClient } from "@tributary/client";

const KEY = "tributary.admin-token";

/** The address of the coordinator is the one that the page came from. */
export const clientOf = (token: string): TributaryClient =>
  new TributaryClient({ url: new URL(".", location.href).href, token });

/** The token that this tab was told to keep. */
export const keptToken = (): string | null => sessionStorage.getItem(KEY);

/** Keeps the token until the tab is closed. */
export const keepToken = (token: string): void => sessionStorage.setItem(KEY, token);

export const forgetToken = (): void => sessionStorage.removeItem(KEY);
