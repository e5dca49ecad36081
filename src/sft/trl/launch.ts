/** Starts a training with TRL: by itself, on several GPUs, or on those of a Slurm job. */

import { dirname, join } from "node:path";

/** Names what trains. */
export const SFT_ENGINES = ["node", "trl"] as const;

/** Names what starts TRL's processes. */
export const LAUNCHERS = ["accelerate", "srun"] as const;

export interface TrlRun {
  /** A Python that has trl, and accelerate where that launches. */
  readonly python: string;
  /** Undefined for one process. */
  readonly launcher?: (typeof LAUNCHERS)[number] | undefined;
  /** One for each GPU. */
  readonly processes?: number | undefined;
}

/**
 * Writes the words of the command. accelerate starts all processes of this machine; srun starts accelerate on every
 * machine of the Slurm job, each with its place among them, and the processes are shared out evenly.
 * @param script train.py, with accelerate.yaml beside it
 */
export function launchWords({ python, launcher, processes = 1 }: TrlRun, script: string): string[] {
  const launch = [
    python,
    "-m",
    "accelerate.commands.launch",
    "--config_file",
    join(dirname(script), "accelerate.yaml"),
  ];
  const count = ["--num_processes", String(processes)];
  switch (launcher) {
    case undefined:
      return [python, script];
    case "accelerate":
      return [...launch, ...count, script];
    case "srun": {
      // What each machine has to know of the job stands in its own environment.
      const places =
        '--num_machines "$SLURM_NNODES" --machine_rank "$SLURM_NODEID" --main_process_port 29500 ' +
        '--main_process_ip "$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)"';
      const inner = `exec "$@" ${places} ${count.join(" ")} "$SCRIPT"`;
      return ["srun", "--ntasks-per-node=1", "env", `SCRIPT=${script}`, "sh", "-c", inner, "sh", ...launch];
    }
  }
}
