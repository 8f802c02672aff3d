import type { TributaryClient } from "@tributary/client";
import { type ReactNode, Suspense, useEffect, useMemo, useRef } from "react";
import { SignedInContext } from "./data/context.js";
import { type Connection, useFederation } from "./data/federation-feed.js";
import { clock } from "./data/format.js";
import { linkTo, type Route, useRoute } from "./data/route.js";
import { useScheme } from "./data/scheme.js";
import { Logo } from "./sign-in.js";
import { later } from "./ui/later.js";
import { Loading } from "./ui/states.js";
import { FederationView } from "./views/federation.js";
import { JobsView } from "./views/jobs.js";

const files = {
  job: later(() => import("./views/job/job-page.js")),
  new: later(() => import("./views/new-job.js")),
  audit: later(() => import("./views/audit.js")),
  try: later(() => import("./views/try-model/try-model.js")),
} as const;

/** Reads the file of a view that has one of its own, before it is shown. */
export const readView = async ({ view }: Route): Promise<void> => {
  if (view !== "federation" && view !== "jobs") await files[view].read();
};

interface ShellProps {
  readonly client: TributaryClient;
  readonly onSignOut: () => void;
  readonly onRefused: () => void;
}

const places = [
  { title: "Federation", link: linkTo.federation, views: ["federation"] },
  { title: "Jobs", link: linkTo.jobs, views: ["jobs", "job"] },
  { title: "New job", link: linkTo.newJob(), views: ["new"] },
  { title: "Try a model", link: linkTo.tryModel(), views: ["try"] },
  { title: "Audit", link: linkTo.audit(), views: ["audit"] },
] as const satisfies readonly { title: string; link: string; views: readonly Route["view"][] }[];

export function Shell({ client, onSignOut, onRefused }: ShellProps) {
  const federation = useFederation(client, onRefused);
  const route = useRoute();
  const signedIn = useMemo(() => ({ client, federation }), [client, federation]);
  const [scheme, nextScheme] = useScheme();
  const main = useRef<HTMLElement>(null);
  const title = places.find(({ views }) => views.some((view) => view === route.view))?.title ?? "Federation";

  const place = JSON.stringify(route);
  const shown = useRef(place);
  useEffect(() => {
    document.title = `${title} · Tributary`;
    // Who reads the page aloud begins with the new view, but for the first one.
    if (shown.current !== place) main.current?.focus();
    shown.current = place;
  }, [title, place]);

  return (
    <SignedInContext value={signedIn}>
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header className="top">
        <a className="brand" href={linkTo.federation} aria-label="Tributary">
          <Logo /> <span>Tributary</span>
        </a>
        <nav aria-label="Views">
          {places.map(({ title, link, views }) => (
            <a key={link} href={link} aria-current={views.some((view) => view === route.view) ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <div className="tools">
          <ConnectionState connection={federation.connection} />
          <button type="button" onClick={nextScheme} title="Change the colours">
            {scheme}
          </button>
          <button type="button" onClick={onSignOut}>
            Sign out
          </button>
        </div>
      </header>
      {federation.connection.state === "lost" && (
        <div className="banner" role="alert">
          The coordinator has not answered since {clock(federation.connection.since)}. What is shown is from before;
          this page goes on by itself when it is back. <span className="quiet">({federation.connection.reason})</span>
        </div>
      )}
      <main id="main" ref={main} tabIndex={-1}>
        <Suspense fallback={<Loading what="the view" />}>{viewOf(route)}</Suspense>
      </main>
    </SignedInContext>
  );
}

function viewOf(route: Route): ReactNode {
  switch (route.view) {
    case "federation":
      return <FederationView />;
    case "jobs":
      return <JobsView />;
    case "job":
      return <files.job.View key={route.job} id={route.job} />;
    case "new":
      return <files.new.View key={route.like ?? ""} like={route.like} />;
    case "audit":
      return <files.audit.View key={route.job ?? ""} job={route.job} />;
    case "try":
      return <files.try.View key={route.job ?? ""} wanted={route.job} />;
    default:
      return route satisfies never;
  }
}

const connectionWords = { connecting: "Connecting", live: "Live", lost: "Disconnected" } as const;

const ConnectionState = ({ connection }: { readonly connection: Connection }) => (
  <span className={`connection ${connection.state}`} role="status">
    <span className="dot" aria-hidden="true" /> {connectionWords[connection.state]}
  </span>
);
