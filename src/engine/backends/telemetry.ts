/**
 * ONNX Runtime's native library keeps a device id and a record of its use in the user's cache unless it is told not to.
 * To be imported before the library is: in the main thread, as a worker's environment is a copy.
 */
process.env["ORT_DISABLE_TELEMETRY"] = "1";
