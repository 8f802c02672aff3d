import { TributaryError } from "@tributary/protocol";
import type { Api } from "./routes/route.js";

/**
 * Notes the routes that are added from now on.
 *
 * @returns adds routes that answer their paths' other methods with `method_not_allowed` and what is allowed
 */
export function refuseOtherMethods(api: Api): () => void {
  const methods = new Map<string, Set<string>>();
  api.addHook("onRoute", ({ url, method }) => {
    const known = methods.get(url) ?? new Set();
    for (const one of [method].flat()) known.add(one);
    methods.set(url, known);
  });
  return () => {
    for (const [url, known] of [...methods]) {
      const others = api.supportedMethods.filter((method) => !known.has(method));
      if (url.includes("*") || others.length === 0) continue;
      const allow = [...known].sort().join(", ");
      api.route({
        url,
        method: others,
        schema: { hide: true },
        // Whatever comes with it is not looked at.
        bodyLimit: 1024 * 1024,
        preParsing: async (request, reply) => {
          void reply.header("allow", allow);
          throw new TributaryError(
            "method_not_allowed",
            `${request.method} is not for this path, which takes ${allow}`,
          );
        },
        handler: async () => {},
      });
    }
  };
}
