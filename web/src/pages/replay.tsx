// The record decided again: as it was, to prove it; or with other parameters, to see what would have been.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, post, told } from "../api";
import { time } from "../format";
import { Found, type Job } from "../parts/job";
import { useFollowed } from "../parts/what-if";
import { mayTrade } from "../session";

/** What one may change at once, by the words that the record takes. */
const TRIALS: [name: string, set: string][] = [
  ["Trails 20 points behind", "trail.by.points=20"],
  ["Trails 120 points behind", "trail.by.points=120"],
  ["Give back only a fifth", "give_back.fraction=0.2"],
  ["Loss limits at ₹5,000", "max_loss.amount.money=5000"],
];

export function Replay() {
  const sets = useSignal("");
  const job = useSignal<Job | undefined>(undefined);
  const jobs = useSignal<Job[]>([]);
  const failed = useSignal("");
  const list = () =>
    get<{ jobs: Job[] }>("/api/v1/jobs").then(
      (found) => (jobs.value = found.jobs.reverse()),
      (error: unknown) => (failed.value = told(error)),
    );
  useEffect(() => void list(), [job.value?.state]);
  useFollowed(job, failed);
  const start = async (body: unknown) => {
    failed.value = "";
    try {
      job.value = await post<Job>("/api/v1/jobs", body);
    } catch (error) {
      failed.value = told(error);
    }
  };
  const isRunning = job.value?.state === "running";
  const changes = sets.value.split(/[,\n]/).map((one) => one.trim()).filter(Boolean);
  return (
    <section class="page">
      <h1 tabIndex={-1}>Replay and what-if</h1>
      <div class="columns even">
        <form
          class="card"
          onSubmit={(submit) => {
            submit.preventDefault();
            void start({ job: "what_if", sets: changes });
          }}
        >
          <h2>What if</h2>
          <p class="hint">All recorded prices are decided again with other parameters. Live rules do not change, and the engine does not wait.</p>
          <label>
            Changes, with commas between
            <input value={sets.value} placeholder="trail.by.points=20" spellcheck={false} onInput={(input) => (sets.value = input.currentTarget.value)} />
          </label>
          <div class="filters" role="group" aria-label="Usual changes">
            {TRIALS.map(([name, set]) => (
              <button type="button" class="filter" key={set} aria-pressed={sets.value === set} onClick={() => (sets.value = set)}>
                {name}
              </button>
            ))}
          </div>
          <div class="actions">
            <button type="submit" class="primary" disabled={!mayTrade.value || isRunning || changes.length === 0}>
              Decide again
            </button>
          </div>
        </form>
        <div class="card">
          <h2>Replay</h2>
          <p class="hint">The same rules over the same recorded prices must come to the same decisions, to the last one. This proves it.</p>
          <div class="actions">
            <button type="button" disabled={!mayTrade.value || isRunning} onClick={() => void start({ job: "replay" })}>
              Decide the record again
            </button>
          </div>
          <h2 class="later">Jobs</h2>
          <ul class="feed-list">
            {jobs.value.map((one) => (
              <li key={one.id}>
                <time class="num dim">{time(one.begun)}</time>
                <span>
                  {one.what} <span class="dim">by {one.by}</span>
                </span>
                <span class={`badge ${one.state === "failed" ? "breach" : "none"}`}>{one.state}</span>
                <button type="button" class="quiet" onClick={() => void get<Job>(`/api/v1/jobs/${one.id}`).then((found) => (job.value = found))}>
                  Show
                </button>
              </li>
            ))}
          </ul>
          {jobs.value.length === 0 && <p class="empty">None yet.</p>}
        </div>
      </div>
      {failed.value && (
        <p class="problem" role="alert">
          {failed.value}
        </p>
      )}
      {job.value && (
        <div class="card" aria-live="polite">
          <h2>{job.value.what}</h2>
          <Found job={job.value} />
        </div>
      )}
    </section>
  );
}
