import { assert, assertEquals } from "@std/assert";
import {
  DEFAULT_CONTENT_TYPE,
  inferContentType,
} from "../../lib/content_type.ts";
import vectors from "../data/vectors/content_types.json" with { type: "json" };

Deno.test({
  name: "every file name of the vectors has its content type",
  permissions: "none",
  fn() {
    assert(vectors.cases.length > 0);
    for (const { name, contentType } of vectors.cases) {
      assertEquals(inferContentType(name), contentType, JSON.stringify(name));
    }
  },
});

Deno.test({
  name: "the last extension decides, whatever its case",
  permissions: "none",
  fn() {
    const types = {
      "a.WHL": "application/zip",
      "a.tar.ZST": "application/zstd",
      "a.Md": "text/plain",
      "a.html.gz": "application/gzip",
      "a.gz.html": "text/html",
      "a.tar.xz.sha256sum": DEFAULT_CONTENT_TYPE,
      "a.html ": DEFAULT_CONTENT_TYPE,
      "a.css": "text/css",
      "a.png": "image/png",
    };
    for (const [name, type] of Object.entries(types)) {
      assertEquals(inferContentType(name), type, name);
    }
  },
});

Deno.test({
  name: "an extension that is called like a property of objects is unknown",
  permissions: "none",
  fn() {
    for (
      const word of ["__proto__", "constructor", "toString", "hasOwnProperty"]
    ) {
      assertEquals(inferContentType(`a.${word}`), DEFAULT_CONTENT_TYPE, word);
    }
  },
});

Deno.test({
  name: "names without an extension have the default type",
  permissions: "none",
  fn() {
    for (const name of ["", ".", "..", "html", ".html", "a.", "a b"]) {
      assertEquals(inferContentType(name), DEFAULT_CONTENT_TYPE, name);
    }
  },
});
