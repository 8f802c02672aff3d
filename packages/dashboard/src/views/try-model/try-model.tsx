export default function TryModel(_: { readonly wanted: string | undefined }) {
  return <h1>Try a model</h1>;
}
