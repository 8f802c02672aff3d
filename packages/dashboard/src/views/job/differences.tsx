import type { SpecDifference } from "@tributary/federation";
import { Table } from "../../ui/states.js";

interface DifferencesProps {
  readonly label: string;
  readonly found: readonly SpecDifference[];
  readonly here: string;
  readonly there: string;
}

/** The settings in which two JobSpecs are unlike, side by side. */
export const Differences = ({ label, found, here, there }: DifferencesProps) => (
  <Table label={label}>
    <thead>
      <tr>
        <th scope="col">Setting</th>
        <th scope="col">{here}</th>
        <th scope="col">{there}</th>
      </tr>
    </thead>
    <tbody>
      {found.map((difference) => (
        <tr key={difference.field}>
          <th scope="row">{difference.field}</th>
          <td className="setting">
            <code>{difference.here}</code>
          </td>
          <td className="setting">
            <code>{difference.there}</code>
          </td>
        </tr>
      ))}
    </tbody>
  </Table>
);
