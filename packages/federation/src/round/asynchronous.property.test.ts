import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JobSpec } from "../job/job-spec.js";
import { jobOf, replayed, runOf, standsInTime, statesIn } from "../testing/random-journal.js";
import {
  accepted,
  cancelled,
  committed,
  deadline,
  joined,
  late,
  left,
  overdue,
  paused,
  refused,
  reported,
  restarted,
  resumed,
  started,
  validated,
} from "../testing/scenario.js";
import type { JobEffect, JobEvent, TimerId } from "./events.js";
import { heldUpdates, updateName } from "./flow.js";
import { transition } from "./machine.js";
import { fromSnapshot, takeSnapshot } from "./snapshot.js";
import { initialState, type JobState } from "./state.js";

const trainers = ["ada", "bela", "carl", "dora"];
const name = fc.constantFrom(...trainers);
const round = fc.integer({ min: 0, max: 4 });
const attempt = fc.integer({ min: 1, max: 3 });

const event: fc.Arbitrary<JobEvent> = fc.oneof(
  { weight: 30, arbitrary: name.map((who) => joined(who)) },
  { weight: 5, arbitrary: fc.constant(joined("eve", "evaluate")) },
  { weight: 15, arbitrary: name.map(left) },
  { weight: 20, arbitrary: fc.tuple(name, round, attempt).map(([...of]) => accepted(...of)) },
  { weight: 10, arbitrary: fc.tuple(name, round, attempt).map(([...of]) => refused(...of)) },
  { weight: 10, arbitrary: fc.tuple(name, round, attempt).map(([...of]) => overdue(...of)) },
  { weight: 5, arbitrary: fc.tuple(name, round, attempt).map(([...of]) => late(...of)) },
  { weight: 10, arbitrary: round.map(committed) },
  { weight: 5, arbitrary: fc.tuple(round, attempt).map(([...of]) => deadline("training", ...of)) },
  { weight: 10, arbitrary: fc.constant(restarted) },
  { weight: 5, arbitrary: fc.constant(paused) },
  { weight: 10, arbitrary: fc.constant(resumed) },
  { weight: 1, arbitrary: fc.constant(cancelled) },
  { weight: 2, arbitrary: fc.constant<JobEvent>({ type: "JobBroken", reason: "the disk is full" }) },
);

/** What may well come next. */
function fitting({ phase, flow }: JobState): JobEvent[] {
  const answers = (flow?.outstanding ?? []).flatMap(({ worker, round, attempt }) => [
    ...[accepted(worker, round, attempt), accepted(worker, round, attempt)],
    ...[refused(worker, round, attempt), overdue(worker, round, attempt)],
  ]);
  switch (phase.kind) {
    case "aggregating":
      return [committed(phase.round), ...answers];
    case "evaluating":
      return [
        ...[reported(phase.round, "", 0.4), deadline("evaluating", phase.round, phase.attempt), ...answers],
        ...phase.awaited.map((who) => validated(who, phase.round, 0.4)),
      ];
    case "personalising":
      return [
        ...phase.awaited.map((who) => validated(who, phase.round, 0.4, 0.6)),
        deadline("personalising", phase.round, phase.attempt),
      ];
    case "waiting":
    case "retrying":
      return [...trainers.map((who) => joined(who)), deadline(phase.kind, phase.round, phase.attempt)];
    case "paused":
      return [resumed];
    default:
      return [started, ...answers];
  }
}

const spec: fc.Arbitrary<JobSpec> = fc
  .record({
    seed: fc.nat(),
    rounds: fc.integer({ min: 1, max: 6 }),
    strategy: fc.oneof(
      fc.record({
        kind: fc.constant("fedbuff" as const),
        bufferSize: fc.integer({ min: 1, max: 3 }),
        maximumStaleness: fc.integer({ min: 0, max: 3 }),
      }),
      fc.record({ kind: fc.constant("fedasync" as const), maximumStaleness: fc.integer({ min: 0, max: 3 }) }),
    ),
    cohort: fc.record({
      size: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      maxAttempts: fc.integer({ min: 1, max: 3 }),
      exclusion: fc.option(fc.record({ refusals: fc.constantFrom(1, 2), rounds: fc.constantFrom(1, 2) }), {
        nil: undefined,
      }),
    }),
    evaluation: fc.record({
      every: fc.integer({ min: 0, max: 2 }),
      workers: fc.constantFrom({}, { maximum: 1 }, undefined),
    }),
    personalisation: fc.constantFrom({}, undefined),
    maxRetries: fc.integer({ min: 0, max: 1 }),
  })
  .map(jobOf);

const moves = fc.array(fc.oneof(event, fc.nat(), fc.nat()), { maxLength: 120, size: "max" });
const runs = fc
  .tuple(spec, moves)
  .map(([job, list]) => runOf(job, [...trainers.map((who) => joined(who)), started, ...list], fitting));

const nameOf = ({ worker, ...began }: { worker: string; round: number; attempt: number }) =>
  updateName({ worker, began });

/** What a shell has under way. */
class Shell {
  readonly timers = new Map<string, TimerId>();
  readonly assigned = new Set<string>();
  readonly blobs = new Set<string>();
  readonly counted = new Set<string>();
  #finished = false;
  #resting = false;

  constructor(public state: JobState) {}

  take(event: JobEvent): void {
    const wants = ["PauseRequested", "ResumeRequested", "CancelRequested", "CoordinatorRestarted"];
    if (this.#resting && !wants.includes(event.type)) return;
    if (event.type === "CoordinatorRestarted") this.timers.clear();
    if (event.type === "DeadlinePassed" && !this.timers.delete(JSON.stringify(event.timer))) {
      expect(transition(this.state, event)).toEqual({ state: this.state, effects: [] });
      return;
    }
    const owed = this.#owed();
    const { state, effects } = transition(this.state, event);
    if (event.type === "UpdateAccepted" && state !== this.state) {
      const answer = nameOf({ worker: event.update.worker, round: event.round, attempt: event.attempt });
      expect(owed).toContain(answer);
      this.assigned.delete(answer);
      this.blobs.add(answer);
    }
    if (event.type === "UpdateRefused" && state !== this.state)
      this.assigned.delete(nameOf({ worker: event.refusal.worker, round: event.round, attempt: event.attempt }));
    this.state = state;
    for (const effect of effects) this.#carryOut(effect);
    const { phase, flow } = state;
    this.#resting = phase.kind === "paused" || (event.type !== "CoordinatorRestarted" && this.#resting);
    if (this.#resting) this.timers.clear();
    const timed = ["waiting", "evaluating", "personalising", "retrying"].includes(phase.kind) ? 1 : 0;
    const outstanding = flow?.outstanding.length ?? Number.NaN;
    if (!this.#resting) expect(this.timers.size).toBe(timed + outstanding);
    expect([...this.assigned].sort()).toEqual(this.#owed().sort());
    expect([...this.blobs].sort()).toEqual(heldUpdates(state).map(updateName).sort());
    expect(outstanding).toBeLessThanOrEqual(state.spec.cohort.size ?? trainers.length);
    expect(new Set(flow?.outstanding.map(({ worker }) => worker)).size).toBe(outstanding);
    if (!["training", "aggregating", "evaluating"].includes(phase.kind)) expect(outstanding).toBe(0);
    if (phase.kind === "training") expect(outstanding).toBeGreaterThan(0);
  }

  #owed = (): string[] => this.state.flow?.outstanding.map(nameOf) ?? [];

  #carryOut(effect: JobEffect): void {
    expect(this.#finished).toBe(false);
    switch (effect.type) {
      case "SetTimer":
        this.timers.set(JSON.stringify(effect.timer), effect.timer);
        break;
      case "ClearTimer":
        this.timers.delete(JSON.stringify(effect.timer));
        break;
      case "AssignTraining":
        expect(effect.model.round).toBe(effect.round - 1);
        this.assigned.add(nameOf(effect));
        break;
      case "Abort":
        if (effect.work === "training") this.assigned.delete(nameOf(effect));
        break;
      case "Aggregate":
        for (const update of effect.updates) {
          // After a restart the same version is made again.
          expect(this.counted.has(updateName(update)) && !this.blobs.has(updateName(update))).toBe(false);
          this.counted.add(updateName(update));
        }
        break;
      case "LetGo":
        for (const update of effect.updates) expect(this.blobs.delete(updateName(update))).toBe(true);
        break;
      case "Finish":
        this.#finished = true;
        break;
      default:
        break;
    }
  }
}

describe("an asynchronous job, whatever happens", () => {
  it("has a deadline for each assignment, gives a worker one at a time, and counts an update once", () => {
    fc.assert(
      fc.property(runs, ({ job, journal }) => {
        const shell = new Shell(initialState(job));
        for (const next of journal) shell.take(next);
      }),
      { numRuns: 500 },
    );
  });

  it("ends, or is paused, by its timers alone when nobody answers any more", () => {
    fc.assert(
      fc.property(runs, ({ job, journal }) => {
        const shell = new Shell(initialState(job));
        for (const next of journal) shell.take(next);
        shell.take(restarted);
        expect(standsInTime(shell, 1_000)).toBe(true);
      }),
    );
  });

  it("is a function of its journal, also through a snapshot", () => {
    fc.assert(
      fc.property(runs, fc.nat(120), ({ job, journal }, cut) => {
        const half = replayed(initialState(job), journal.slice(0, cut));
        const kept = JSON.parse(JSON.stringify(takeSnapshot({ state: half, cohort: [] })));
        const rest: JobEvent[] = JSON.parse(JSON.stringify(journal.slice(cut)));
        expect(replayed(fromSnapshot(kept).state, rest)).toEqual(replayed(initialState(job), journal));
      }),
      { numRuns: 300 },
    );
  });

  it("all phases are met", () => {
    const met = new Set(
      fc.sample(runs, { numRuns: 300, seed: 1 }).flatMap((run) =>
        statesIn(run).map(({ phase, flow, model }) => {
          const old = flow?.outstanding.some(({ round }) => round <= (model?.round ?? 0)) ? " old" : "";
          return phase.kind === "ended" ? phase.outcome.kind : `${phase.kind}${old}`;
        }),
      ),
    );
    for (const kind of ["waiting", "training old", "aggregating", "evaluating old", "retrying", "paused", "completed"])
      expect([...met]).toContain(kind);
  });
});
