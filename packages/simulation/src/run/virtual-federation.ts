import type { Labels } from "@tributary/data";
import {
  holdoutOf,
  initialState,
  type JobEffect,
  type JobEvent,
  type JobSpec,
  type JobState,
  type ModelVersion,
  seatsOf,
  stamped,
  strategyOf,
  trainingCount,
  trainingSize,
  transition,
  updateName,
} from "@tributary/federation";
import type { Graph } from "@tributary/nn";
import { type ParameterSet, stream, TributaryError, toTributaryError } from "@tributary/protocol";
import type { EnginePool } from "../engines/engine-pool.js";
import type { SimulatedRound, SimulationOutcome } from "../report.js";
import { Admission } from "./admission.js";
import type { Behaviour } from "./behaviour.js";
import { GlobalModel, type Trained } from "./global-model.js";
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
import { WorkersOwn } from "./workers-own.js";

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

type EffectOf<Type extends JobEffect["type"]> = Extract<JobEffect, { type: Type }>;

/** The shell of a simulated job: the round machine's wishes are carried out in memory, and its timers run in virtual time. */
export class VirtualFederation {
  #state: JobState;
  readonly #timers = new VirtualTimers();
  readonly #tasks: OrderedTasks<Trained>;
  readonly #admission: Admission;
  readonly #log = new RoundLog();
  readonly #model: GlobalModel;
  readonly #own = new WorkersOwn();
  /** Facts of the shell's own making that the machine has not heard yet. */
  readonly #facts: JobEvent[] = [];
  #outcome: SimulationOutcome | undefined;

  constructor(private readonly settings: FederationSettings) {
    const { spec, graph, engines } = settings;
    this.#state = initialState(spec);
    // Each engine has the next one's samples ready.
    this.#tasks = new OrderedTasks(2 * (engines?.size ?? 1));
    this.#admission = new Admission(spec, graph);
    this.#model = new GlobalModel(spec, graph);
  }

  /** Virtual time that passed, ms. */
  get virtualMs(): number {
    return this.#timers.now;
  }

  /** The workers' own models, of those that have one. */
  get personal(): ReadonlyMap<string, ParameterSet> {
    return this.#own.models;
  }

  /** The newest model, in memory that changes with the next round. */
  get model(): { readonly version: ModelVersion | undefined; readonly values: Float32Array } {
    return { version: this.#state.model, values: this.#model.values };
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
      begin(this.#model.values);
      await this.#join();
      await this.#tell({ type: "JobStarted", model: this.#model.version(0) });
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
      if (event.type === "Committed") this.#own.commit();
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
        for (const update of effect.updates) this.#model.letGo(updateName(update));
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
    this.#model.open(round, members);
    this.#admission.open();
    this.#own.open();
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
    const model = this.#model.values;
    this.#log.asked(asked.map(({ model }) => trainingSize(model)));
    const context = {
      ...this.settings,
      admission: this.#admission,
      sent: this.#model.sent,
      own: this.#own.kept,
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
    const isAsynchronous = this.#state.flow !== undefined;
    this.#own.keep(worker, kept, isAsynchronous ? "now" : "with the model");
    if (!isAsynchronous) return this.#model.fold(round, update, answer);
    this.#model.hold(updateName({ worker, began: { round, attempt } }), answer);
  }

  async #aggregate({ round, updates }: EffectOf<"Aggregate">): Promise<void> {
    const isAsynchronous = this.#state.flow !== undefined;
    if (isAsynchronous) {
      this.#log.counts(updates);
      await this.#model.foldHeld(round, updates);
    }
    // Workers of an asynchronous job go on with the versions that they began with.
    this.#facts.push({ type: "Committed", model: await this.#model.next(round, isAsynchronous) });
  }

  async #score({ evaluator, round, subject }: EffectOf<"AssignEvaluation">, signal: AbortSignal): Promise<Answer> {
    const { engines } = this.settings;
    const values = this.#model.scored(subject);
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
    const answer = await validate(effect, this.#model.values, signal, { ...this.settings, own: this.#own.kept });
    if (answer.personal !== undefined) this.#own.made(effect.worker, answer.personal);
    return { event: answer.event };
  }

  #closeRound({ round, attempt }: EffectOf<"CloseRound">): void {
    this.#model.close();
    void this.#tasks.callOff(this.#state.flow === undefined ? undefined : EVALUATOR);
    const report = this.#log.close(round, attempt, this.#timers.now);
    if (report !== undefined) this.settings.onRound(report);
  }
}
