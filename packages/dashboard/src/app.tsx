import type { TributaryClient } from "@tributary/client";
import { useCallback, useState } from "react";
import { clientOf, forgetToken, keepToken, keptToken } from "./data/session.js";
import { Shell } from "./shell.js";
import { SignIn } from "./sign-in.js";

/** The whole page: the sign-in, and behind it the views. The token is held by the client alone. */
export function App() {
  const [client, setClient] = useState<TributaryClient | undefined>(() => {
    const token = keptToken();
    return token === null ? undefined : clientOf(token);
  });
  const [wasRefused, setWasRefused] = useState(false);
  const leave = useCallback(() => {
    forgetToken();
    setClient(undefined);
  }, []);
  const refuse = useCallback(() => {
    leave();
    setWasRefused(true);
  }, [leave]);

  if (client !== undefined) return <Shell client={client} onSignOut={leave} onRefused={refuse} />;
  return (
    <SignIn
      wasRefused={wasRefused}
      onSignedIn={(token, keep) => {
        if (keep) keepToken(token);
        setWasRefused(false);
        setClient(clientOf(token));
      }}
    />
  );
}
