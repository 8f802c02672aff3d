import type { EvaluationReport, PersonalisationView, Refusal, StopReason, ValidationView } from "@tributary/federation";
import type { ParameterSet } from "@tributary/protocol";

/** A round that made a model. */
export interface SimulatedRound {
  /** Counted from 1. */
  readonly round: number;
  /** Which attempt at it succeeded, from 1. */
  readonly attempt: number;
  /** Virtual workers that were asked. */
  readonly cohort: number;
  /** Updates that were aggregated. */
  readonly updates: number;
  /** Bytes of the models, and of what goes along with them, that those that were asked would be sent. */
  readonly bytesDown: number;
  /** Bytes of these updates as they would travel, and before a codec made few of them. */
  readonly sentBytes: number;
  readonly updateBytes: number;
  /** Bytes of the model that it made as it would travel, and as it is. */
  readonly sentModelBytes: number;
  readonly modelBytes: number;
  readonly refusals: readonly Refusal[];
  /** Mean training loss over the samples that were seen; undefined where nobody trained. */
  readonly loss: number | undefined;
  /** Scores of the global model; undefined when it was not scored. */
  readonly evaluation: EvaluationReport | undefined;
  /** What virtual workers say of it, each by what it holds back; undefined when none was asked. */
  readonly validation: ValidationView | undefined;
  /** The global model against the virtual workers' own ones, after the last round; undefined of other rounds. */
  readonly personalisation: PersonalisationView | undefined;
  /** Scores of each worker's update, where `evaluation.updates` wants them. */
  readonly updateEvaluations: readonly EvaluationReport[];
  /** SHA-256 of the encoded global model after it, hexadecimal. */
  readonly digest: string;
  /** Virtual time since the job began, ms. */
  readonly virtualMs: number;
  /** How long it took to compute, ms. */
  readonly ms: number;
}

/** How a simulation ended. `paused`: a deployed job would stand still here, until somebody resumes it. */
export type SimulationOutcome =
  | { readonly kind: "completed"; readonly reason: StopReason }
  | { readonly kind: "cancelled" }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "paused"; readonly reason: string };

export interface SimulationResult {
  readonly outcome: SimulationOutcome;
  readonly rounds: readonly SimulatedRound[];
  /** The models of the virtual workers' own, by their names, where the strategy has any (`ditto`) or the job ends with them. */
  readonly personal: ReadonlyMap<string, ParameterSet>;
  /** The newest global model. */
  readonly model: {
    /** 0: the initial one. */
    readonly round: number;
    /** SHA-256 of the encoded parameters, hexadecimal: that of a deployed run with the same seed and shards. */
    readonly digest: string;
    readonly parameters: ParameterSet;
  };
  /** Time that training and deadlines would have taken, ms; without `trainingDuration` training takes none. */
  readonly virtualMs: number;
  /** What computed; undefined where nothing did. */
  readonly backend: string | undefined;
}
