import type { RoleSpec } from "../directive.ts";
import { engine, given } from "./figure.ts";

/** The roles that the press adds to MyST's own. */
export const roleSpecs: RoleSpec[] = [engine, given];
