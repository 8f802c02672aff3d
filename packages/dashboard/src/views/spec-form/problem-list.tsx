/** What is wrong with which setting, by the path with dots; "" is the whole. */
export const ProblemList = ({ problems }: { readonly problems: ReadonlyMap<string, string> }) => (
  <ul>
    {[...problems].map(([path, message]) => (
      <li key={path}>
        <code>{path === "" ? "JobSpec" : path}</code>: {message}
      </li>
    ))}
  </ul>
);
