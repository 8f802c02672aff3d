import type { TributaryClient } from "@tributary/client";
import { createContext, use } from "react";
import type { Federation } from "./federation-feed.js";

export interface SignedIn {
  readonly client: TributaryClient;
  readonly federation: Federation;
}

export const SignedInContext = createContext<SignedIn | undefined>(undefined);

/** What every view behind the sign-in may use. */
export function useSignedIn(): SignedIn {
  const signedIn = use(SignedInContext);
  if (signedIn === undefined) throw new Error("a view is shown before the sign-in");
  return signedIn;
}
