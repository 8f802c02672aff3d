import { join } from "node:path";
import type { LocalFederation } from "@tributary/cli";
import { type ImageSet, mnist, partitionDataset } from "@tributary/data";
import type { Browser, Page } from "playwright-core";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startFederation, temporaryFolder } from "../../src/support/federation.js";
import { browserFile, openBrowser } from "./chromium.js";
import { lookAt } from "./look.js";
import { signedIn } from "./signed-in.js";

const spec = {
  ...{ name: "digits", model: "mcmahan-2nn", dataset: "mnist", rounds: 2, cohort: { minimum: 1 } },
  training: { maxBatches: 300, batchSize: 16, learningRate: 0.1 },
  evaluation: { every: 0 },
} as const;
/** Of the test images: 7, 2, 1 and 0. */
const DIGITS = [0, 1, 2, 3];
const WHITE = { r: 235, g: 235, b: 235 };

/** Where a picture is brighter than half, in pixels of the pad. */
interface Bright {
  readonly width: number;
  readonly height: number;
  /** Brightness of its upper left corner, 0 to 255. */
  readonly corner: number;
}

describe.skipIf(browserFile === undefined)("a picture that is given to a model in a browser", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let federation: LocalFederation;
  let browser: Browser;
  let page: Page;
  let digits: ImageSet;

  beforeAll(async () => {
    digits = await mnist("test");
    folder = await temporaryFolder();
    federation = await startFederation(folder.path);
    const names = Array.from({ length: 10 }, (_, at) => `shard-${at}`);
    const out = join(folder.path, "shards");
    const iid = { kind: "iid", shards: names.length } as const;
    await partitionDataset({ dataset: "mnist", split: "train", spec: iid, names, out, seed: 1 });
    federation.startWorker({ name: "shard-0", data: join(out, "shard-0") });
    const { id } = await federation.client.jobs.create(spec);
    const isOver = async () => expect((await federation.client.jobs.get(id)).status).toBe("completed");
    await vi.waitFor(isOver, { timeout: 100_000, interval: 200 });
    browser = await openBrowser();
    page = await signedIn(browser, federation);
    await page.goto(`${federation.url}/#/try/${id}`);
    await page.getByRole("img", { name: "Drawing" }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await federation?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  it.each(DIGITS)("is a digit: test image %i as it is, dropped", async (index) => {
    await drop(await digit(index).png().toBuffer());
    await expectAnswer(index);
  });

  it.each(DIGITS)("is a digit: test image %i dark on a wide sheet of paper, opened", async (index) => {
    const scan = await sharp(await digit(index).negate().resize(140).png().toBuffer())
      .linear(0.8, 30)
      .extend({ top: 60, bottom: 40, left: 60, right: 400, background: WHITE })
      .jpeg({ quality: 80 })
      .toBuffer();
    await page.getByLabel("Open a picture").setInputFiles({ name: "scan.jpg", mimeType: "image/jpeg", buffer: scan });
    await expectAnswer(index);
    expect((await bright()).corner).toBe(0);
    if (index === DIGITS.at(-1)) await lookAt(page, "try-model-scan");
  });

  it.each([
    ["wide", 800, 400],
    ["high", 300, 900],
  ])("keeps the proportion of its sides when it is %s", async (_, width, height) => {
    await clear();
    const square = await sharp({ create: { width: 100, height: 100, channels: 3, background: "white" } })
      .png()
      .toBuffer();
    const black = sharp({ create: { width, height, channels: 3, background: "black" } });
    await drop(
      await black
        .composite([{ input: square }])
        .png()
        .toBuffer(),
    );
    const side = (100 * 280) / Math.max(width, height);
    await expect.poll(async () => Math.abs((await bright()).width - side)).toBeLessThanOrEqual(1);
    expect(Math.abs((await bright()).height - side)).toBeLessThanOrEqual(1);
  });

  it("is none: that is said, what was drawn stays, and the message goes with the next picture", async () => {
    await drop(await digit(0).png().toBuffer());
    await expectAnswer(0);
    await drop(Buffer.from("no picture at all"));
    await page.getByRole("alert").getByText("This file is no picture that the browser can read.").waitFor();
    await expectAnswer(0);
    await lookAt(page, "try-model-no-picture");
    await drop(undefined);
    await page.getByRole("alert").getByText("That was no file: drop one that holds a picture.").waitFor();
    await drop(await digit(1).png().toBuffer());
    await expectAnswer(1);
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  /** A test image, white on black. */
  function digit(index: number): Sharp {
    const pixels = digits.values.subarray(784 * index, 784 * (index + 1));
    return sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } });
  }

  async function expectAnswer(index: number): Promise<void> {
    await page.locator("output").getByText(`${digits.labels[index]}`, { exact: true }).waitFor();
  }

  async function clear(): Promise<void> {
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByText("The prediction appears here").waitFor();
  }

  /** Drops a file on the pad; undefined: a text. */
  async function drop(file: Buffer | undefined): Promise<void> {
    const bytes = JSON.stringify(file === undefined ? [] : [...file]);
    const dataTransfer = await page.evaluateHandle(`(() => {
      const transfer = new DataTransfer();
      if (${file === undefined}) transfer.setData("text/plain", "7");
      else transfer.items.add(new File([new Uint8Array(${bytes})], "picture.png", { type: "image/png" }));
      return transfer;
    })()`);
    await page.getByRole("img", { name: "Drawing" }).dispatchEvent("drop", { dataTransfer });
  }

  const bright = (): Promise<Bright> =>
    page.evaluate<Bright>(`(() => {
      const pad = document.querySelector("canvas.pad");
      const { data } = pad.getContext("2d").getImageData(0, 0, pad.width, pad.height);
      const at = [...Array(data.length / 4).keys()].filter((index) => data[4 * index] > 127);
      const spread = (numbers) => Math.max(...numbers) - Math.min(...numbers) + 1;
      const [columns, rows] = [at.map((index) => index % pad.width), at.map((index) => Math.floor(index / pad.width))];
      return { width: spread(columns), height: spread(rows), corner: data[0] };
    })()`);
});
