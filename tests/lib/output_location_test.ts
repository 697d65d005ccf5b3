import { assert, assertEquals, assertThrows } from "@std/assert";
import { isAbsolute, join, relative, resolve } from "@std/path";
import { InvalidValueError } from "../../lib/errors.ts";
import { encodePath, OutputLocation } from "../../lib/output_location.ts";
import { HOSTILE_NAMES, HOSTILE_PATHS, ODD_NAMES } from "./hostile_names.ts";

const STAGING = Deno.build.os === "windows" ? "C:\\staging" : "/tmp/staging";

Deno.test({
  name: "a location has a URI, a link, a name and a local path",
  permissions: "none",
  fn() {
    const location = new OutputLocation("bucket", "1-linux/logs/g/a.log");
    assertEquals(location.bucket, "bucket");
    assertEquals(location.relativePath, "1-linux/logs/g/a.log");
    assertEquals(location.name, "a.log");
    assertEquals(new OutputLocation("bucket", "top").name, "top");
    assertEquals(location.s3Uri, "s3://bucket/1-linux/logs/g/a.log");
    assertEquals(`${location}`, location.s3Uri);
    assertEquals(
      location.httpsUrl,
      "https://bucket.s3.amazonaws.com/1-linux/logs/g/a.log",
    );
    assertEquals(
      location.localPath(STAGING),
      join(STAGING, "1-linux", "logs", "g", "a.log"),
    );
  },
});

Deno.test({
  name: "a link opens that very object, whatever its name",
  permissions: "none",
  fn() {
    for (const name of ODD_NAMES) {
      const location = new OutputLocation("bucket", `run/${name}/${name}`);
      const url = new URL(location.httpsUrl);
      assertEquals(url.href, location.httpsUrl, `${name} is normalized`);
      assertEquals([url.host, url.search, url.hash], [
        "bucket.s3.amazonaws.com",
        "",
        "",
      ], name);
      const segments = url.pathname.slice(1).split("/");
      assertEquals(segments.map(decodeURIComponent), ["run", name, name]);
      // The URI is for tools that take keys as they are.
      assertEquals(location.s3Uri, `s3://bucket/run/${name}/${name}`);
    }
  },
});

Deno.test({
  name: "a link has percent-encoded all that is not plain",
  permissions: "none",
  fn() {
    const encoded = {
      "AZaz09-._~": "AZaz09-._~",
      "c++": "c%2B%2B",
      "#1": "%231",
      "why?": "why%3F",
      "100%": "100%25",
      "a b": "a%20b",
      "a:b@c=d&e": "a%3Ab%40c%3Dd%26e",
      "!'()*": "%21%27%28%29%2A",
      "é": "%C3%A9",
      "😀": "%F0%9F%98%80",
    };
    for (const [name, text] of Object.entries(encoded)) {
      assertEquals(encodePath(`${name}/${name}`), `${text}/${text}`);
    }
  },
});

Deno.test({
  name: "a path that would leave its bucket or staging directory is refused",
  permissions: "none",
  fn() {
    const location = new OutputLocation("bucket", "run");
    for (const [what, path] of Object.entries(HOSTILE_PATHS)) {
      assertThrows(
        () => new OutputLocation("bucket", path),
        InvalidValueError,
        "segment of the path",
        what,
      );
      assertThrows(() => location.child(path), InvalidValueError, "", what);
    }
    for (const [what, name] of Object.entries(HOSTILE_NAMES)) {
      assertThrows(
        () => new OutputLocation(name, "run"),
        InvalidValueError,
        "bucket name",
        what,
      );
    }
  },
});

Deno.test({
  name: "a child is one or more segments below, in the same bucket",
  permissions: "none",
  fn() {
    const location = new OutputLocation("bucket", "run");
    assertEquals(location.child("a").relativePath, "run/a");
    assertEquals(location.child("a/b.log").relativePath, "run/a/b.log");
    assertEquals(location.child("a").child("b").bucket, "bucket");
    assertEquals(location.relativePath, "run");
  },
});

Deno.test({
  name: "a local path never lies outside the staging directory",
  permissions: "none",
  fn() {
    const stagingDirs = [STAGING, `${STAGING}/`, join(STAGING, "..", "x"), "/"];
    for (const dir of stagingDirs) {
      for (const name of ODD_NAMES) {
        const path = new OutputLocation("b", `${name}/${name}`).localPath(dir);
        const below = relative(resolve(dir), resolve(path));
        assert(!isAbsolute(below), path);
        assertEquals(below, join(name, name), path);
      }
    }
    assertThrows(
      () => new OutputLocation("b", "run").localPath(""),
      InvalidValueError,
      "staging directory",
    );
  },
});

Deno.test({
  name: "a key may have 1024 bytes of UTF-8 and no more",
  permissions: "none",
  fn() {
    const of = (bytes: number, unit: string) =>
      "x".repeat(bytes % 4) + unit.repeat(Math.floor(bytes / 4));
    // 256 emojis are 512 code units and 1024 bytes.
    for (const unit of ["xxxx", "éé", "😀"]) {
      const longest = of(1024, unit);
      assertEquals(new OutputLocation("b", longest).relativePath, longest);
      assertThrows(
        () => new OutputLocation("b", of(1025, unit)),
        InvalidValueError,
        "1024 bytes",
      );
    }
    const location = new OutputLocation("b", "x".repeat(1000));
    assertEquals(location.child("y".repeat(23)).relativePath.length, 1024);
    assertThrows(() => location.child("y".repeat(24)), InvalidValueError);
  },
});

Deno.test({
  name: "a location cannot be changed",
  permissions: "none",
  fn() {
    const location = new OutputLocation("bucket", "run");
    assert(Object.isFrozen(location));
    assertThrows(
      () => Object.assign(location, { relativePath: "../x" }),
      TypeError,
    );
    assertEquals(location.relativePath, "run");
  },
});
