import { readFile } from "node:fs/promises";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import { TributaryError } from "@tributary/protocol";
import Fastify, { type FastifyBaseLogger, LogController } from "fastify";
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from "fastify-type-provider-zod";
import type { z } from "zod";
import type { Tokens } from "../data-folder/tokens.js";
import type { Limits } from "../options.js";
import { software } from "../version.js";
import { auditRequests } from "./audit-requests.js";
import { authorize } from "./auth.js";
import { allowOrigins } from "./cors.js";
import { answerWithEtags } from "./etags.js";
import { listenerOf, type Tls } from "./listener.js";
import { refuseOtherMethods } from "./methods.js";
import { answerMalformed, answerProblems, answerUnrouted } from "./problems.js";
import { auditRoutes } from "./routes/audit.js";
import { builtPage, dashboardRoutes } from "./routes/dashboard.js";
import { eventRoutes } from "./routes/events.js";
import { healthRoutes } from "./routes/health.js";
import { jobRoutes } from "./routes/jobs.js";
import { logRoutes } from "./routes/logs.js";
import { modelRoutes } from "./routes/models.js";
import type { Api, ApiContext } from "./routes/route.js";
import { webhookRoutes } from "./routes/webhooks.js";
import { workerRoutes } from "./routes/workers.js";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Answered without a token. */
    readonly public?: boolean;
  }
}

export interface ServerOptions {
  readonly tokens: Tokens;
  readonly limits: Limits;
  readonly tls: Tls | undefined;
  /** Origins whose pages may use the API. */
  readonly allowedOrigins: readonly string[];
  readonly log: FastifyBaseLogger;
  /** Aborted when the coordinator stops. */
  readonly closing: AbortSignal;
}

/** The HTTP API, ready to listen. */
export async function buildServer(options: ServerOptions, context: ApiContext): Promise<Api> {
  const { tokens, limits, tls, log } = options;
  const app: Api = Fastify({
    serverFactory: listenerOf(limits, tls, () => context.metrics.socketsRefused.inc({ code: "rate_limited" })),
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytes,
    frameworkErrors: answerUnrouted,
    clientErrorHandler: answerMalformed,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
    // Not to load the compilers of JSON Schema that Fastify brings: a tenth of the time that a start takes.
    schemaController: { compilersFactory: { buildValidator: none, buildSerializer: none } },
  }).withTypeProvider();
  // Bodies are texts, of YAML or JSON, that the routes read, and name every wrong field of.
  app.setValidatorCompiler<z.ZodType>((route) =>
    route.httpPart === "body" ? (value: unknown) => ({ value }) : validatorCompiler(route),
  );
  app.setSerializerCompiler(serializerCompiler);
  answerProblems(app);
  app.removeAllContentTypeParsers();
  for (const type of ["application/json", "application/yaml", "application/x-yaml", "text/yaml", "text/plain"])
    app.addContentTypeParser(type, { parseAs: "string" }, (_, body, done) => done(null, body));
  await protect(app, limits, tls !== undefined);
  // Of the whole server and before the token is looked at: as a hook of routes, the plug-in's default, it would count neither
  // wrong tokens nor unknown paths.
  app.addHook("onRequest", app.rateLimit());
  await allowOrigins(app, options.allowedOrigins);
  app.addHook("onRequest", async (request) => {
    if (request.routeOptions.config.public !== true) authorize(tokens, request);
  });
  auditRequests(app, context.trail);
  answerWithEtags(app);
  await describe(app);
  const refuseOthers = refuseOtherMethods(app);
  healthRoutes(app, context);
  jobRoutes(app, context);
  eventRoutes(app, context, options.closing);
  modelRoutes(app, context);
  workerRoutes(app, context);
  auditRoutes(app, context);
  logRoutes(app, context);
  webhookRoutes(app, context);
  await dashboardRoutes(app, { isEncrypted: tls !== undefined, page: builtPage() });
  refuseOthers();
  return app;
}

const none = (): never => {
  throw new TributaryError("internal", "a schema of a route is not one of zod");
};

async function protect(app: Api, limits: Limits, encrypted: boolean): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: {
        // The page at /docs is styled inline. Plain HTTP must not be turned into HTTPS that nobody serves.
        "style-src": ["'self'", "'unsafe-inline'"],
        "upgrade-insecure-requests": encrypted ? [] : null,
      },
    },
    strictTransportSecurity: encrypted,
  });
  await app.register(rateLimit, {
    global: false,
    max: limits.requestsPerMinute,
    timeWindow: 60_000,
    // RateLimit-Limit, -Remaining and -Reset, without the X- of old.
    enableDraftSpec: true,
    errorResponseBuilder: (_, { max }) => new TributaryError("rate_limited", `more than ${max} requests in a minute`),
  });
}

/** OpenAPI out of the schemas of the routes, at /docs. */
async function describe(app: Api): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Tributary coordinator", version: software, description: "Jobs, rounds, workers and models." },
      components: {
        securitySchemes: {
          bearer: { type: "http", scheme: "bearer", description: "The admin token" },
          basic: { type: "http", scheme: "basic", description: "Any name, the admin token as the password" },
        },
      },
      security: [{ bearer: [] }, { basic: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(swaggerUi, { routePrefix: "/docs", theme: { title: "Tributary" } });
}

/** @throws TributaryError `file_unreadable` */
export async function readTls(
  files: { readonly cert: string; readonly key: string } | undefined,
): Promise<Tls | undefined> {
  if (files === undefined) return undefined;
  const read = (path: string) =>
    readFile(path, "utf8").catch((cause: unknown) => {
      throw new TributaryError("file_unreadable", `cannot read ${path}`, { cause });
    });
  return { cert: await read(files.cert), key: await read(files.key) };
}
