import { useSyncExternalStore } from "react";

/** The views, as the part of the address after "#/" names them. */
export type Route =
  | { readonly view: "federation" | "jobs" }
  | { readonly view: "try" | "audit"; readonly job: string | undefined }
  | { readonly view: "job"; readonly job: string }
  | { readonly view: "new"; readonly like: string | undefined };

export const linkTo = {
  federation: "#/federation",
  jobs: "#/jobs",
  audit: (job?: string) => (job === undefined ? "#/audit" : `#/audit/${encodeURIComponent(job)}`),
  newJob: (like?: string) => (like === undefined ? "#/new" : `#/new/${encodeURIComponent(like)}`),
  tryModel: (job?: string) => (job === undefined ? "#/try" : `#/try/${encodeURIComponent(job)}`),
  job: (id: string) => `#/jobs/${encodeURIComponent(id)}`,
} as const;

/** An address that names no view leads to the federation. */
export function routeOf(hash: string): Route {
  const [, view, part] = hash.split("/");
  const id = part === undefined || part === "" ? undefined : decoded(part);
  if (view === "jobs") return id === undefined ? { view } : { view: "job", job: id };
  if (view === "new") return { view, like: id };
  if (view === "try" || view === "audit") return { view, job: id };
  return { view: "federation" };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function listen(onChange: () => void): () => void {
  addEventListener("hashchange", onChange);
  return () => removeEventListener("hashchange", onChange);
}

export const useRoute = (): Route =>
  routeOf(
    useSyncExternalStore(
      listen,
      () => location.hash,
      () => "",
    ),
  );
