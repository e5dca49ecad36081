/**
 * Gives the property tests one seed, so that the same code has the same result twice; PROPERTY_SEED=random draws new
 * cases.
 */
import fc from "fast-check";

const wanted = process.env["PROPERTY_SEED"] ?? "20261129";
if (wanted !== "random") fc.configureGlobal({ seed: Number(wanted) });
