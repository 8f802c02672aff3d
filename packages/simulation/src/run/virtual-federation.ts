import type { Labels } from "@tributary/data";
import {
  type AcceptedUpdate,
  holdoutOf,
  initialState,
  type JobEffect,
  type JobEvent,
  type JobSpec,
  type JobState,
  type ModelVersion,
  mayBeEvaluated,
  modelCodecOf,
  packModel,
  personalModelIn,
  seatsOf,
  stalenessIn,
  stamped,
  strategyOf,
  trainingCount,
  trainingSize,
  transition,
  updateName,
  vectorsAlong,
} from "@tributary/federation";
import type { Graph } from "@tributary/nn";
import {
  type BlobRef,
  digestOf,
  encodeParameters,
  hex,
  type ParameterSet,
  stream,
  TributaryError,
  toTributaryError,
} from "@tributary/protocol";
import { type Kept, MemoryAggregator } from "../aggregator/memory-aggregator.js";
import { parametersIn, sharedVector } from "../aggregator/vector.js";
import type { EnginePool } from "../engines/engine-pool.js";
import type { SimulatedRound, SimulationOutcome } from "../report.js";
import { Admission } from "./admission.js";
import type { Behaviour } from "./behaviour.js";
import { OrderedTasks } from "./ordered-tasks.js";
import { RoundLog } from "./round-log.js";
import { validate } from "./validate.js";
import { VirtualTimers } from "./virtual-timers.js";
import {
  type Answer,
  answers,
  durationOf,
  refusalOf,
  type TrainingDuration,
  takePart,
  type VirtualShard,
} from "./virtual-worker.js";

/** The evaluator's name, which no virtual worker may have. */
export const EVALUATOR = "(evaluator)";

export interface FederationSettings {
  readonly spec: JobSpec;
  readonly graph: Graph;
  readonly shards: ReadonlyMap<string, VirtualShard>;
  readonly engines: EnginePool | undefined;
  /** Of virtual workers that do otherwise than they are asked, by name. */
  readonly behaviours: ReadonlyMap<string, Behaviour>;
  /** Labels of the data set that the shards are parts of. */
  readonly labels: Labels;
  /** Samples that models are scored on; 0: there is no evaluator. */
  readonly heldOut: number;
  /** What the engines compute on; undefined: nothing is computed. */
  readonly backend: string | undefined;
  /** Ops of the network that the engines do not train. */
  readonly lacks: readonly string[];
  /** Chance that a worker does not answer in an attempt, 0 to 1. */
  readonly dropout: number;
  /** Undefined: training takes no virtual time. */
  readonly trainingDuration: TrainingDuration | undefined;
  readonly onRound: (round: SimulatedRound) => void;
}

/** What came of an assignment, and the version that it began with. */
interface Trained extends Answer {
  readonly model?: Float32Array;
}

type EffectOf<Type extends JobEffect["type"]> = Extract<JobEffect, { type: Type }>;

/** The shell of a simulated job: the round machine's wishes are carried out in memory, and its timers run in virtual time. */
export class VirtualFederation {
  #state: JobState;
  readonly #timers = new VirtualTimers();
  readonly #tasks: OrderedTasks<Trained>;
  readonly #aggregator: MemoryAggregator;
  readonly #admission: Admission;
  readonly #log = new RoundLog();
  /** The global model, and memory for the next one. */
  #model: Float32Array;
  #spare: Float32Array;
  #kept: Kept = new Map();
  /** What workers kept with the last of their updates that counted. */
  readonly #own = new Map<string, ParameterSet>();
  /** What they keep with updates of the round under way, which count when it makes a model. */
  readonly #ownNext = new Map<string, ParameterSet>();
  /** What workers made of the last model. */
  readonly #personal = new Map<string, ParameterSet>();
  /** Updates of an asynchronous job that no version is made of yet. */
  readonly #answers = new Map<string, Trained>();
  /** Updates that are scored after the round, by worker. */
  readonly #toScore = new Map<string, Float32Array>();
  /** Facts of the shell's own making that the machine has not heard yet. */
  readonly #facts: JobEvent[] = [];
  #outcome: SimulationOutcome | undefined;

  constructor(private readonly settings: FederationSettings) {
    const { spec, graph, engines } = settings;
    this.#state = initialState(spec);
    // Each engine has the next one's samples ready.
    this.#tasks = new OrderedTasks(2 * (engines?.size ?? 1));
    this.#aggregator = new MemoryAggregator(spec, graph);
    this.#admission = new Admission(spec, graph);
    this.#model = sharedVector(graph);
    this.#spare = sharedVector(graph);
  }

  /** Virtual time that passed, ms. */
  get virtualMs(): number {
    return this.#timers.now;
  }

  /** The workers' own models, of those that have one. */
  get personal(): ReadonlyMap<string, ParameterSet> {
    if (this.#personal.size > 0) return this.#personal;
    return new Map(
      [...this.#own].flatMap(([worker, kept]) => {
        const model = personalModelIn(kept);
        return model === undefined ? [] : [[worker, model] as const];
      }),
    );
  }

  /** The newest model, in memory that changes with the next round. */
  get model(): { readonly version: ModelVersion | undefined; readonly values: Float32Array } {
    return { version: this.#state.model, values: this.#model };
  }

  /**
   * Runs the job until it is over, or a deployed one would stand still.
   *
   * @param begin writes the initial model into a vector
   * @throws TributaryError `internal` when the machine waits for something that can't come
   */
  async run(begin: (model: Float32Array) => void, signal?: AbortSignal): Promise<SimulationOutcome> {
    const stop = () => void this.#tasks.callOff();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      begin(this.#model);
      await this.#join();
      await this.#tell({ type: "JobStarted", model: this.#versionOf(this.#model, 0) });
      while (this.#outcome === undefined) await this.#goOn(signal?.aborted ?? false);
      return this.#outcome;
    } finally {
      signal?.removeEventListener("abort", stop);
      await this.#tasks.callOff();
    }
  }

  async #join(): Promise<void> {
    const { spec, shards, heldOut, lacks, backend } = this.settings;
    const shared = { dataset: spec.dataset, lacks, ...(backend !== undefined && { backend }) };
    for (const { indices, ...own } of shards.values())
      await this.#tell({
        type: "WorkerJoined",
        worker: { ...own, ...shared, role: "train", samples: indices.length },
      });
    if (heldOut > 0)
      await this.#tell({
        type: "WorkerJoined",
        worker: { ...shared, name: EVALUATOR, role: "evaluate", samples: heldOut },
      });
  }

  /** The next thing that happens in virtual time: somebody answers, or the next deadline passes. */
  async #goOn(isCancelled: boolean): Promise<void> {
    if (isCancelled) return this.#tell({ type: "CancelRequested" });
    const done = this.#tasks.due;
    if (done !== undefined && done <= (this.#timers.next ?? done)) {
      const outcome = await this.#tasks.next();
      this.#timers.passTo(done);
      if (outcome?.kind === "failed") throw outcome.thrown;
      return outcome && this.#tell(outcome.answer.event, outcome.answer);
    }
    const timer = this.#timers.strike();
    if (timer === undefined)
      throw new TributaryError("internal", `the job waits for nothing: ${this.#state.phase.kind}`);
    await this.#tell({ type: "DeadlinePassed", timer });
  }

  /** Tells the machine a fact, and carries out what it wishes for, until nothing more follows. */
  async #tell(event: JobEvent, answer?: Trained): Promise<void> {
    await this.#apply(event, answer);
    for (let fact = this.#facts.shift(); fact !== undefined; fact = this.#facts.shift()) await this.#apply(fact);
  }

  async #apply(fact: JobEvent, answer?: Trained): Promise<void> {
    const event = stamped(fact, this.#timers.now, this.settings.spec);
    const { state, effects } = transition(this.#state, event);
    if (state === this.#state && effects.length === 0) return;
    this.#state = state;
    this.#log.note(event);
    try {
      if (event.type === "UpdateAccepted" && answer !== undefined) await this.#take(event, answer);
      if (event.type === "Committed") for (const [worker, kept] of this.#ownNext) this.#own.set(worker, kept);
      for (const effect of effects) await this.#carryOut(effect);
    } catch (thrown) {
      const { code, message } = toTributaryError(thrown);
      if (code === "internal") throw thrown;
      this.#facts.push({ type: "JobBroken", reason: `${code}: ${message}` });
    }
    this.#assign(effects.filter((effect) => effect.type === "AssignTraining"));
  }

  async #carryOut(effect: JobEffect): Promise<void> {
    switch (effect.type) {
      case "OpenRound":
        return this.#openRound(effect);
      case "AssignTraining":
      case "LeaveOut":
      case "Readmit":
        return;
      case "AssignEvaluation":
        return this.#tasks.add(effect.evaluator, (signal) => this.#score(effect, signal), this.#timers.now);
      case "AssignValidation":
        // Not to be called off with its training, which goes on beside it in an asynchronous job.
        return this.#tasks.add(
          `validation of ${effect.worker}`,
          (signal) => this.#scoreOwn(effect, signal),
          this.#timers.now,
        );
      case "Abort":
        void this.#tasks.callOff(effect.worker);
        return;
      case "Aggregate":
        return this.#aggregate(effect);
      case "LetGo":
        for (const update of effect.updates) this.#answers.delete(updateName(update));
        return;
      case "CloseRound":
        return this.#closeRound(effect);
      case "SetTimer":
        return this.#timers.set(effect.timer, effect.ms);
      case "ClearTimer":
        return this.#timers.clear(effect.timer);
      case "Release":
        this.#outcome = { kind: "paused", reason: effect.reason };
        return;
      case "Finish":
        this.#outcome = effect.outcome;
        return;
      default:
        return effect satisfies never;
    }
  }

  #openRound({ round, cohort }: EffectOf<"OpenRound">): void {
    const { shards, spec } = this.settings;
    const strategy = strategyOf(spec);
    const members =
      strategy.asynchronous !== undefined
        ? seatsOf(strategy)
        : cohort.map((worker) => ({
            worker,
            samples: trainingCount(holdoutOf(spec), shards.get(worker)?.indices.length ?? 0),
          }));
    this.#aggregator.open({ round, cohort: members, before: this.#model, kept: this.#kept });
    this.#admission.open();
    this.#ownNext.clear();
    this.#log.open();
  }

  /**
   * Workers answer when their time is over, and those that take as long in an order drawn from the stream ("arrival", round,
   * attempt): of more than are wanted, which come too late is chance, and the same in every run.
   */
  #assign(asked: readonly EffectOf<"AssignTraining">[]): void {
    const [first] = asked;
    if (first === undefined) return;
    const { dropout, spec, behaviours, trainingDuration } = this.settings;
    const model = this.#model;
    this.#log.asked(asked.map(({ model }) => trainingSize(model)));
    const context = {
      ...this.settings,
      admission: this.#admission,
      sent: this.#aggregator.sent(this.#kept),
      own: this.#own,
    };
    const cohort = asked.map(({ worker }) => worker);
    const arriving = stream(spec.seed, "arrival", first.round, first.attempt).shuffle([...asked]);
    for (const { round, attempt, worker } of arriving) {
      const assignment = { round, attempt, worker, cohort };
      if (answers(assignment, dropout, spec.seed, behaviours.get(worker)))
        this.#tasks.add(
          worker,
          async (signal) => ({ ...(await takePart(assignment, model, signal, context)), model }),
          this.#timers.now + (trainingDuration ? durationOf(worker, trainingDuration, spec.seed) : 0),
        );
    }
  }

  /** An update that was accepted: it is folded in at once, in an asynchronous job when the buffer is full. */
  async #take(
    { round, attempt, update }: Extract<JobEvent, { type: "UpdateAccepted" }>,
    answer: Trained,
  ): Promise<void> {
    const { worker } = update;
    const { kept = [] } = answer;
    if (this.#state.flow === undefined) {
      if (kept.length > 0) this.#ownNext.set(worker, kept);
      return this.#fold(round, update, answer);
    }
    if (kept.length > 0) this.#own.set(worker, kept);
    this.#answers.set(updateName({ worker, began: { round, attempt } }), answer);
  }

  /** Folds the updates of a full buffer in. */
  async #foldBuffer({ round, updates }: EffectOf<"Aggregate">): Promise<void> {
    this.#log.counts(updates);
    for (const update of updates) await this.#fold(round, update, this.#answers.get(updateName(update)));
  }

  /** Folds an update in, as a change of the version that it began with. @param round that it counts in */
  async #fold(
    round: number,
    update: AcceptedUpdate,
    { values, returned = [], model }: Pick<Trained, "values" | "returned" | "model"> = {},
  ): Promise<void> {
    const { spec } = this.settings;
    if (values === undefined) throw new TributaryError("internal", `an update of ${update.worker} has no values`);
    const staleness = stalenessIn(round, update);
    const past = model === undefined || staleness === 0 ? undefined : { staleness, model };
    await this.#aggregator.fold({ ...update, worker: updateName(update), values, returned, past });
    if (spec.evaluation.updates && mayBeEvaluated(spec, round)) this.#toScore.set(update.worker, values);
  }

  async #aggregate(effect: EffectOf<"Aggregate">): Promise<void> {
    const { round } = effect;
    const { flow } = this.#state;
    if (flow !== undefined) await this.#foldBuffer(effect);
    this.#kept = await this.#aggregator.finish(this.#spare);
    // Workers of an asynchronous job go on with the versions that they began with.
    [this.#model, this.#spare] = [this.#spare, flow === undefined ? this.#model : sharedVector(this.settings.graph)];
    this.#facts.push({ type: "Committed", model: this.#versionOf(this.#model, round) });
  }

  async #score({ evaluator, round, subject }: EffectOf<"AssignEvaluation">, signal: AbortSignal): Promise<Answer> {
    const { engines } = this.settings;
    const values = subject === "" ? this.#model : this.#toScore.get(subject);
    if (engines === undefined || values === undefined)
      throw new TributaryError("internal", `there is nothing to score "${subject}" with`);
    try {
      const { samples, loss, accuracy, confusion } = await engines.evaluate({ model: values }, signal);
      const report = { subject, evaluator, samples, loss, accuracy, confusion: [...confusion] };
      return { event: { type: "EvaluationReported", round, report } };
    } catch (thrown) {
      return { event: { type: "EvaluationFailed", round, subject, refusal: refusalOf(evaluator, thrown) } };
    }
  }

  async #scoreOwn(effect: EffectOf<"AssignValidation">, signal: AbortSignal): Promise<Trained> {
    const answer = await validate(effect, this.#model, signal, { ...this.settings, own: this.#own });
    if (answer.personal !== undefined) this.#personal.set(effect.worker, answer.personal);
    return { event: answer.event };
  }

  #closeRound({ round, attempt }: EffectOf<"CloseRound">): void {
    this.#toScore.clear();
    void this.#tasks.callOff(this.#state.flow === undefined ? undefined : EVALUATOR);
    const report = this.#log.close(round, attempt, this.#timers.now);
    if (report !== undefined) this.settings.onRound(report);
  }

  #versionOf(model: Float32Array, round: number): ModelVersion {
    const { graph, spec } = this.settings;
    const parameters = parametersIn(graph, model);
    const codec = modelCodecOf(spec);
    const packed = codec && { packed: refOf(packModel(codec, parameters)) };
    const along = this.#kept.size > 0 ? vectorsAlong(spec, graph) : {};
    return { round, ...refOf(encodeParameters(parameters)), ...packed, ...along };
  }
}

const refOf = (bytes: Uint8Array): BlobRef => ({ digest: hex(digestOf(bytes)), size: bytes.byteLength });
