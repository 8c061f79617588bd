// What a rule would have done today: the record decided again with it, beside what was. Nothing is changed by it.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, post, told } from "../api";
import { Found, type Job } from "./job";

interface Props {
  on: string;
  id?: string | undefined;
  rule: string;
  isAmended: boolean;
}

export function WhatIf({ on, id, rule, isAmended }: Props) {
  const job = useSignal<Job | undefined>(undefined);
  const failed = useSignal("");
  useEffect(() => {
    job.value = undefined;
    failed.value = "";
  }, [on, id, rule]);
  const run = async () => {
    failed.value = "";
    try {
      job.value = await post<Job>("/api/v1/jobs", { job: "rule", on, ...(id ? { id: Number(id) } : {}), rule });
    } catch (error) {
      failed.value = told(error);
    }
  };
  useFollowed(job, failed);
  return (
    <div class="card what-if">
      <header class="section">
        <h2>What if it had been there</h2>
        <span class="spacer" />
        <button type="button" disabled={job.value?.state === "running"} onClick={() => void run()}>
          {job.value?.state === "running" ? "Deciding…" : "Try it on the record"}
        </button>
      </header>
      {failed.value && <p class="problem">{failed.value}</p>}
      {job.value && <Found job={job.value} />}
      {!job.value && <p class="hint">The recorded prices are decided again with this rule. The live rules do not change.</p>}
      {isAmended && <p class="hint">The rule as it is now stays beside it in the trial: a tighter one shows what it would do, a looser one does not.</p>}
    </div>
  );
}

/** Asks for a job until it has ended. */
export function useFollowed(job: { value: Job | undefined }, failed: { value: string }): void {
  const { id, state } = job.value ?? {};
  useEffect(() => {
    if (state !== "running") return undefined;
    const timer = setInterval(() => {
      get<Job>(`/api/v1/jobs/${id}`).then(
        (found) => (job.value = found),
        (error: unknown) => (failed.value = told(error)),
      );
    }, 400);
    return () => clearInterval(timer);
  }, [id, state]);
}
