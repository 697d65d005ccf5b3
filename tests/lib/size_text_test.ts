import { assertEquals } from "@std/assert";
import { sizeText } from "../../lib/size_text.ts";

Deno.test({
  name: "a size is shown in the unit that suits it",
  permissions: "none",
  fn() {
    const texts: [number, string][] = [
      [0, "0 B"],
      [1, "1 B"],
      [1023, "1023 B"],
      [1024, "1.0 KiB"],
      [1025, "1.0 KiB"],
      [1536, "1.5 KiB"],
      [10 * 1024, "10.0 KiB"],
      [1023 * 1024, "1023.0 KiB"],
      [1024 ** 2 - 1, "1.0 MiB"],
      [1024 ** 2, "1.0 MiB"],
      [1024 ** 3 - 1, "1.0 GiB"],
      [1024 ** 3 * 2.5, "2.5 GiB"],
      [1024 ** 4, "1.0 TiB"],
      [1024 ** 4 * 5, "5.0 TiB"],
      [1024 ** 5, "1024.0 TiB"],
    ];
    for (const [bytes, text] of texts) assertEquals(sizeText(bytes), text);
  },
});

Deno.test({
  name: "a size below a TiB never shows as 1024.0 of anything",
  permissions: "none",
  fn() {
    for (let unit = 1024; unit < 1024 ** 4; unit *= 1024) {
      for (let fraction = 1023.9; fraction <= 1024; fraction += 0.001) {
        const text = sizeText(Math.floor(unit * fraction));
        assertEquals(text.includes("1024.0"), false, text);
      }
    }
  },
});
