import { type FormEvent, useState } from "react";
import { reasonOf } from "./data/format.js";
import { clientOf } from "./data/session.js";
import { Problem } from "./ui/states.js";

interface SignInProps {
  /** Whether the coordinator refused the token that was used before. */
  readonly wasRefused: boolean;
  readonly onSignedIn: (token: string, keep: boolean) => void;
}

export function SignIn({ wasRefused, onSignedIn }: SignInProps) {
  const [token, setToken] = useState("");
  const [keep, setKeep] = useState(false);
  const [isTrying, setIsTrying] = useState(false);
  const [problem, setProblem] = useState(wasRefused ? "The coordinator no longer takes this token." : undefined);

  const signIn = async (event: FormEvent) => {
    event.preventDefault();
    setIsTrying(true);
    setProblem(undefined);
    const given = token.trim();
    try {
      await clientOf(given).workers.list();
      onSignedIn(given, keep);
    } catch (error) {
      setProblem(reasonOf(error));
      setIsTrying(false);
    }
  };

  return (
    <main className="sign-in">
      <form className="card" onSubmit={signIn}>
        <h1>
          <Logo /> Tributary
        </h1>
        <p className="quiet">
          Sign in with the admin token. The coordinator wrote it to its data folder at its first start.
        </p>
        {problem !== undefined && <Problem>{problem}</Problem>}
        <label className="field">
          <span>Admin token</span>
          <input
            type="password"
            autoComplete="off"
            spellCheck={false}
            required
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
        </label>
        <label className="check">
          <input type="checkbox" checked={keep} onChange={(event) => setKeep(event.target.checked)} />
          <span>Stay signed in until this tab is closed</span>
        </label>
        <button type="submit" className="primary" disabled={isTrying}>
          {isTrying ? "Signing in …" : "Sign in"}
        </button>
      </form>
    </main>
  );
}

export const Logo = () => (
  <svg className="logo" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="7" />
    <path d="M8 6c0 8 8 6 8 14v6M24 6c0 8-8 6-8 14M16 6v14" />
  </svg>
);
