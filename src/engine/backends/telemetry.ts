/**
 * Switches off the telemetry of ONNX Runtime's native library, which keeps a device id and a record of its use in the
 * user's cache unless it is told not to. It looks once, when its first session is made, at the environment of the main
 * thread: a worker's is a copy.
 */

const VARIABLE = "ORT_DISABLE_TELEMETRY";

/** Calls that are going on, and what the variable was before the first of them. */
let calls = 0;
let before: string | undefined;

/** Runs what makes the first session with the record switched off; afterwards the environment is what it was. */
export async function withoutTelemetry<T>(action: () => Promise<T>): Promise<T> {
  if (calls++ === 0) before = process.env[VARIABLE];
  process.env[VARIABLE] = "1";
  try {
    return await action();
  } finally {
    if (--calls === 0) {
      if (before === undefined) Reflect.deleteProperty(process.env, VARIABLE);
      else process.env[VARIABLE] = before;
    }
  }
}
