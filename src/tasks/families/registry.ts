/** Holds the families of a run: the built-in ones and those of plugins. */

import { didYouMean, UsageError } from "../../base/errors.js";
import { BUILTIN_FAMILIES } from "./builtin.js";
import { checkFamily, isFamilyDefinition, type Family } from "./family.js";

export class FamilyRegistry {
  private readonly families = new Map(BUILTIN_FAMILIES.map((family) => [family.name, family]));
  /** Definitions that are in already: a plugin may export a family that its tasks also name. */
  private readonly known = new Map<object, Family>();

  /** @throws UsageError when the definition is wrong or its name is taken */
  add(definition: unknown, source: string): Family {
    const before = isFamilyDefinition(definition) ? this.known.get(definition) : undefined;
    if (before !== undefined) return before;
    const family = checkFamily(definition, source);
    if (this.families.has(family.name)) {
      throw new UsageError(`${source}: there is already a family named "${family.name}"; choose another name`);
    }
    this.families.set(family.name, family);
    this.known.set(definition as object, family);
    return family;
  }

  /**
   * Finds a family by its name.
   * @param source what named it, for the message
   * @throws UsageError with the nearest name
   */
  named(name: string, source: string): Family {
    const family = this.families.get(name);
    if (family !== undefined) return family;
    throw new UsageError(`${source}${didYouMean(name, [...this.families.keys()])}`);
  }

  all(): Family[] {
    return [...this.families.values()];
  }
}
