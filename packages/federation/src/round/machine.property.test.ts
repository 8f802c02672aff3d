import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JobSpec } from "../job/job-spec.js";
import type { Selection } from "../job/selection-spec.js";
import { jobOf, replayed, runOf, standsInTime, statesIn } from "../testing/random-journal.js";
import {
  accepted,
  cancelled,
  committed,
  deadline,
  joined,
  late,
  left,
  notScored,
  notValidated,
  paused,
  refused,
  reported,
  restarted,
  resumed,
  started,
  validated,
} from "../testing/scenario.js";
import type { JobEffect, JobEvent, TimerId } from "./events.js";
import { transition } from "./machine.js";
import { fromSnapshot, takeSnapshot } from "./snapshot.js";
import { initialState, type JobState } from "./state.js";

const trainers = ["alice", "bob", "carol"];
const evaluators = ["eve", "eric"];
const name = fc.constantFrom(...trainers, ...evaluators);
const round = fc.integer({ min: 0, max: 4 });
const attempt = fc.integer({ min: 1, max: 3 });
const subject = fc.constantFrom("", ...trainers);
const phase = fc.constantFrom<TimerId["phase"][]>("waiting", "training", "evaluating", "personalising", "retrying");

const event: fc.Arbitrary<JobEvent> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(started) },
  { weight: 40, arbitrary: name.map((who) => joined(who, evaluators.includes(who) ? "evaluate" : "train")) },
  { weight: 5, arbitrary: name.map((who) => joined(who, "train", "cifar-10")) },
  { weight: 20, arbitrary: name.map(left) },
  { weight: 100, arbitrary: fc.tuple(name, round, attempt).map(([who, r, a]) => accepted(who, r, a)) },
  { weight: 30, arbitrary: fc.tuple(name, round, attempt).map(([who, r, a]) => refused(who, r, a)) },
  { weight: 50, arbitrary: round.map(committed) },
  { weight: 40, arbitrary: fc.tuple(round, subject, fc.double({ min: 0, max: 1 })).map(([...of]) => reported(...of)) },
  { weight: 15, arbitrary: fc.tuple(round, subject, name).map(([...of]) => notScored(...of)) },
  {
    weight: 20,
    arbitrary: fc
      .tuple(name, round, fc.constantFrom(0.3, undefined))
      .map(([who, r, own]) => validated(who, r, 0.4, own)),
  },
  { weight: 10, arbitrary: fc.tuple(name, round).map(([who, r]) => notValidated(who, r)) },
  { weight: 30, arbitrary: fc.tuple(phase, round, attempt).map(([...of]) => deadline(...of)) },
  { weight: 10, arbitrary: fc.constant(restarted) },
  { weight: 10, arbitrary: fc.tuple(name, round, attempt).map(([...of]) => late(...of)) },
  { weight: 5, arbitrary: fc.constant(paused) },
  { weight: 10, arbitrary: fc.constant(resumed) },
  {
    weight: 5,
    arbitrary: fc
      .record({
        cohort: fc.record({
          quorum: fc.constantFrom(1, 2, null),
          deadlineSeconds: fc.integer({ min: 1, max: 9 }),
          selection: fc.constantFrom<Selection | null>({ kind: "roundRobin" }, null),
          exclusion: fc.constantFrom({ refusals: 1, rounds: 2 }, null),
        }),
        stop: fc.record({
          patience: fc.constantFrom({ rounds: 1, metric: "accuracy" as const, minimumDelta: 0 }, null),
          budgetBytes: fc.constantFrom(2_000, null),
        }),
      })
      .map((changes): JobEvent => ({ type: "SettingsChanged", changes })),
  },
  { weight: 1, arbitrary: fc.constant(cancelled) },
  { weight: 1, arbitrary: fc.constant<JobEvent>({ type: "JobBroken", reason: "the disk is full" }) },
);

/** What may well come next: work that is done, timers that pass. Events by chance alone seldom get beyond the first round. */
function fitting({ phase, spec }: JobState): JobEvent[] {
  switch (phase.kind) {
    case "training":
      return [
        ...phase.cohort.map((who) => accepted(who, phase.round, phase.attempt)),
        ...phase.cohort.map((who) => refused(who, phase.round, phase.attempt)),
        ...phase.cohort.map(left),
        deadline("training", phase.round, phase.attempt),
      ];
    case "aggregating":
      return [committed(phase.round), restarted];
    case "evaluating":
      return [
        ...phase.awaited.map((who) => validated(who, phase.round, 0.4)),
        ...phase.awaited.map((who) => notValidated(who, phase.round)),
        ...phase.pending.map((item) => reported(phase.round, item.subject, 0.4)),
        ...phase.pending.map((item) => notScored(phase.round, item.subject, item.evaluator ?? "eve")),
        ...evaluators.map(left),
        ...evaluators.map((who) => joined(who, "evaluate")),
        deadline("evaluating", phase.round, phase.attempt),
      ];
    case "personalising":
      return [
        ...phase.awaited.map((who) => validated(who, phase.round, 0.4, 0.6)),
        ...phase.awaited.map((who) => notValidated(who, phase.round, "personalising")),
        ...trainers.map((who) => joined(who)),
        ...[restarted, paused, deadline("personalising", phase.round, phase.attempt)],
      ];
    case "waiting":
      return trainers.slice(0, spec.cohort.minimum).map((who) => joined(who));
    case "retrying":
      return [deadline("retrying", phase.round, phase.attempt), paused];
    case "paused":
      return [resumed];
    case "created":
    case "ended":
      return [started];
    default:
      return phase satisfies never;
  }
}

/** Events as they come: by chance, or one of those that fit. */
const moves = fc.array(fc.oneof(event, fc.nat()), { maxLength: 100, size: "max" });
const runs = fc.tuple(spec(), moves).map(([job, list]) => runOf(job, [started, ...list], fitting));

function spec(): fc.Arbitrary<JobSpec> {
  return fc
    .record({
      seed: fc.nat(),
      rounds: fc.integer({ min: 1, max: 4 }),
      cohort: fc.record({
        size: fc.option(fc.integer({ min: 2, max: 3 }), { nil: undefined }),
        overSelection: fc.constantFrom(1, 1.3),
        minimumFraction: fc.constantFrom(0, 0.5, 1),
        minimum: fc.integer({ min: 1, max: 3 }),
        quorum: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
        maxAttempts: fc.integer({ min: 1, max: 3 }),
        selection: fc.constantFrom<Selection>(
          { kind: "uniform" },
          { kind: "samples" },
          { kind: "roundRobin" },
          { kind: "powerOfChoice", candidates: 4 },
        ),
        exclusion: fc.option(fc.record({ refusals: fc.constantFrom(1, 2), rounds: fc.constantFrom(1, 2) }), {
          nil: undefined,
        }),
      }),
      evaluation: fc.record({
        every: fc.integer({ min: 1, max: 2 }),
        updates: fc.boolean(),
        workers: fc.constantFrom({}, { maximum: 1 }, undefined),
      }),
      personalisation: fc.constantFrom({}, undefined),
      maxRetries: fc.integer({ min: 0, max: 1 }),
      stop: fc.record({
        accuracy: fc.constantFrom(0.5, undefined),
        patience: fc.constantFrom({ rounds: 1, metric: "loss" }, undefined),
        budgetBytes: fc.constantFrom(1_000, undefined),
      }),
    })
    .map(jobOf);
}

const WANTS: readonly string[] = [
  "PauseRequested",
  "ResumeRequested",
  "SettingsChanged",
  "CancelRequested",
  "CoordinatorRestarted",
];
const TIMED: readonly string[] = ["waiting", "training", "evaluating", "personalising", "retrying"];
const OPEN: readonly string[] = ["training", "aggregating", "evaluating", "personalising"];

/** What a shell has under way: it carries out effects, and holds them to what the machine promises. */
class Shell {
  readonly timers = new Map<string, TimerId>();
  readonly open = new Map<string, readonly string[]>();
  readonly abandoned = new Set<string>();
  /** The last round that each of these workers is left out of. */
  readonly leftOut = new Map<string, number>();
  finished = 0;
  #resting = false;

  constructor(public state: JobState) {}

  take(event: JobEvent): void {
    // A job that is paused, or was resumed and waits for its turn, hears of nothing but what people want of it.
    if (this.#resting && !WANTS.includes(event.type)) return;
    if (event.type === "CoordinatorRestarted") this.timers.clear();
    if (event.type === "ResumeRequested") this.leftOut.clear();
    if (event.type === "SettingsChanged" && event.changes.cohort?.exclusion === null) this.leftOut.clear();
    const stale = event.type === "DeadlinePassed" && !this.timers.delete(JSON.stringify(event.timer));
    const before = this.state;
    const { state, effects } = transition(before, event);
    if (stale || before.phase.kind === "ended") {
      expect(state).toBe(before);
      expect(effects).toEqual([]);
    }
    this.state = state;
    for (const effect of effects) this.#carryOut(effect, event);
    const { phase } = state;
    const { kind } = phase;
    const held = phase.kind === "paused" ? phase.held.kind : kind;
    // A job that was resumed has its timer when the shell says that it starts again.
    this.#resting = kind === "paused" || (event.type !== "CoordinatorRestarted" && this.#resting);
    if (this.#resting) this.timers.clear();
    expect(this.timers.size).toBe(TIMED.includes(kind) && !this.#resting ? 1 : 0);
    expect(this.open.size).toBe(OPEN.includes(held) ? 1 : 0);
    expect(this.finished).toBe(kind === "ended" ? 1 : 0);
  }

  #carryOut(effect: JobEffect, { type }: JobEvent): void {
    expect(this.finished).toBe(0);
    switch (effect.type) {
      case "LetGo":
        expect.unreachable("only asynchronous jobs let single updates go");
        break;
      case "SetTimer":
        expect(effect.ms).toBeGreaterThan(0);
        this.timers.set(JSON.stringify(effect.timer), effect.timer);
        break;
      case "ClearTimer":
        this.timers.delete(JSON.stringify(effect.timer));
        break;
      case "OpenRound": {
        const key = `${effect.round}.${effect.attempt}`;
        // Only a restart opens a round again that is open.
        expect(this.open.has(key)).toBe(type === "CoordinatorRestarted");
        expect(this.abandoned.has(key)).toBe(false);
        this.open.set(key, effect.cohort);
        if (type !== "CoordinatorRestarted")
          for (const worker of effect.cohort) expect(this.leftOut.get(worker) ?? 0).toBeLessThan(effect.round);
        break;
      }
      case "CloseRound": {
        const key = `${effect.round}.${effect.attempt}`;
        expect(this.open.delete(key)).toBe(true);
        this.abandoned.add(key);
        break;
      }
      case "AssignTraining":
        expect(this.#cohortOf(effect)).toContain(effect.worker);
        expect(this.state.workers.get(effect.worker)).toMatchObject({ role: "train", dataset: "mnist" });
        expect(effect.model.round).toBe(effect.round - 1);
        break;
      case "AssignEvaluation":
        expect(this.state.workers.get(effect.evaluator)).toMatchObject({ role: "evaluate", dataset: "mnist" });
        break;
      case "Abort":
        expect([...trainers, ...(effect.work === "scoring" ? evaluators : [])]).toContain(effect.worker);
        break;
      case "Aggregate": {
        const names = effect.updates.map(({ worker }) => worker);
        expect(names).toEqual([...new Set(names)].sort());
        // A quorum that was raised meanwhile does not undo what was closed before a restart.
        if (type !== "CoordinatorRestarted")
          expect(names.length).toBeGreaterThanOrEqual(this.state.spec.cohort.quorum ?? 1);
        for (const worker of names) expect(this.#cohortOf(effect)).toContain(worker);
        break;
      }
      case "LeaveOut":
        expect([...this.open.values()].flat()).toContain(effect.worker);
        this.leftOut.set(effect.worker, effect.through);
        break;
      case "Readmit":
        this.leftOut.delete(effect.worker);
        break;
      case "AssignValidation": {
        const phase = this.state.phase.kind === "paused" ? this.state.phase.held : this.state.phase;
        expect(phase.kind).toBe(effect.phase);
        expect("awaited" in phase && phase.awaited).toContain(effect.worker);
        expect(effect.model).toEqual(this.state.model);
        expect(this.state.workers.has(effect.worker)).toBe(true);
        break;
      }
      case "Release":
        expect(this.state.phase.kind).toBe("paused");
        expect(this.timers.size).toBe(0);
        break;
      case "Finish":
        this.finished += 1;
        break;
      default:
        effect satisfies never;
    }
  }

  #cohortOf = ({ round, attempt }: { readonly round: number; readonly attempt: number }): readonly string[] =>
    this.open.get(`${round}.${attempt}`) ?? [];
}

describe("whatever happens, in whatever order", () => {
  it("all phases and ends are met", () => {
    const met = new Set(
      fc
        .sample(runs, { numRuns: 500, seed: 1 })
        .flatMap((run) =>
          statesIn(run).map(({ phase, model }) =>
            phase.kind === "ended" ? phase.outcome.kind : `${phase.kind} ${model?.round}`,
          ),
        ),
    );
    for (const kind of [
      "waiting 2",
      "training 3",
      "aggregating 3",
      "evaluating 3",
      "personalising 2",
      "retrying 0",
      "paused 2",
      "completed",
      "cancelled",
    ])
      expect([...met].sort()).toContain(kind);
  });

  it("every wait has one timer, every round that opens is closed once, an update counts once, an end is the end", () => {
    fc.assert(
      fc.property(runs, ({ job, journal }) => {
        const shell = new Shell(initialState(job));
        for (const next of journal) shell.take(next);
      }),
      { numRuns: 500 },
    );
  });

  it("a job ends, or is paused, by its timers alone when nobody answers any more", () => {
    fc.assert(
      fc.property(runs, ({ job, journal }) => {
        const shell = new Shell(initialState(job));
        for (const next of journal) shell.take(next);
        // A job that was resumed waits for its turn.
        shell.take(restarted);
        const most = job.rounds * (job.maxRetries + 1) * (2 * job.cohort.maxAttempts + 3);
        expect(standsInTime(shell, most)).toBe(true);
      }),
    );
  });

  it("a journal that is replayed from any place on gives the same state and effects", () => {
    fc.assert(
      fc.property(runs, fc.nat(100), ({ job, journal }, cut) => {
        const replay = (state: JobState, part: readonly JobEvent[]) => {
          const effects: JobEffect[] = [];
          let last = state;
          for (const next of part) {
            const after = transition(last, next);
            last = after.state;
            effects.push(...after.effects);
          }
          return { state: last, effects };
        };
        const whole = replay(initialState(job), journal);
        // Through a copy, so that the state is seen to be plain data; the events as JSON, as they are journaled.
        const half = structuredClone(replay(initialState(job), journal.slice(0, cut)));
        const rest = replay(half.state, JSON.parse(JSON.stringify(journal.slice(cut))));
        expect(rest.state).toEqual(whole.state);
        expect([...half.effects, ...rest.effects]).toEqual(whole.effects);
      }),
    );
  });

  it("a snapshot, and the events that came after it, give the same state as the whole journal", () => {
    fc.assert(
      fc.property(runs, fc.nat(100), ({ job, journal }, cut) => {
        const before = replayed(initialState(job), journal.slice(0, cut));
        const cohort = [{ worker: "alice", samples: 100 }];
        const kept = JSON.parse(JSON.stringify(takeSnapshot({ state: before, cohort })));
        const restored = fromSnapshot(kept);
        expect(restored).toEqual({ state: before, cohort });
        expect([...restored.state.workers.keys()]).toEqual([...before.workers.keys()]);
        expect(replayed(restored.state, journal.slice(cut))).toEqual(replayed(initialState(job), journal));
      }),
      { numRuns: 300 },
    );
  });

  it("does not change the state that it was given", () => {
    fc.assert(
      fc.property(runs, ({ job, journal }) => {
        let state = initialState(job);
        for (const next of journal) {
          const copy = structuredClone(state);
          const after = transition(state, next);
          expect(state).toEqual(copy);
          state = after.state;
        }
      }),
      { numRuns: 30 },
    );
  });
});
