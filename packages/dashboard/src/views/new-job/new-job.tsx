export default function NewJob(_: { readonly like: string | undefined }) {
  return <h1>New job</h1>;
}
