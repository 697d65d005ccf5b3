import { describeStore } from "./conformance.ts";
import { makeMemoryStore } from "./made_stores.ts";

describeStore("memory store", { make: makeMemoryStore });
