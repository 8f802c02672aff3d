import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import serveFiles from "@fastify/static";
import type { FastifyReply } from "fastify";
import type { Api } from "./route.js";

/**
 * What the page may load: its own files, and nothing of anybody else. No code in the page itself and none made of text, but
 * WebAssembly, with which a model is tried. Pictures that people drop, and files that they save, are blobs.
 */
const policy = (isEncrypted: boolean): string =>
  [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    ...(isEncrypted ? ["upgrade-insecure-requests"] : []),
  ].join("; ");

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Tributary</title>
<p>This is a coordinator of Tributary. Its dashboard is not built: run <code>npm run build</code>, then start it again.
<p>The API is described at <a href="docs">/docs</a>.
`;

/** The folder of the built page; undefined when it is not there. */
export function builtPage(): string | undefined {
  try {
    const { resolve } = createRequire(import.meta.url);
    const folder = join(dirname(resolve("@tributary/dashboard/package.json")), "dist");
    return existsSync(join(folder, "index.html")) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The dashboard at `/`. It is public as a page; what it shows it asks the API for, with the token.
 * @param options `page`: the folder of the built page
 */
export async function dashboardRoutes(
  api: Api,
  { isEncrypted, page }: { readonly isEncrypted: boolean; readonly page: string | undefined },
): Promise<void> {
  const route = { config: { public: true }, schema: { hide: true } } as const;
  const guard = (reply: FastifyReply) =>
    reply.header("content-security-policy", policy(isEncrypted)).header("vary", "accept-encoding");
  if (page === undefined) {
    api.get("/", route, (_, reply) => guard(reply).type("text/html; charset=utf-8").serializer(String).send(NOT_BUILT));
    return;
  }
  await api.register(serveFiles, { root: page, serve: false, cacheControl: false, preCompressed: true });
  api.get("/", route, (_, reply) => guard(reply).header("cache-control", "no-cache").sendFile("index.html"));
  api.get("/icon.svg", route, (_, reply) => guard(reply).header("cache-control", "no-cache").sendFile("icon.svg"));
  // Their names have a hash of what they hold: a new version has new names.
  api.get<{ Params: { file: string } }>("/assets/:file", route, (request, reply) => {
    const { file } = request.params;
    if (!/^\w[\w.-]*$/.test(file)) return reply.callNotFound();
    return guard(reply).header("cache-control", "public, max-age=31536000, immutable").sendFile(`assets/${file}`);
  });
}
