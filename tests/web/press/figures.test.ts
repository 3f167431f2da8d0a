import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { evaluate, parseExpression } from "../../../web/figures/expression.ts";
import { formatFigure } from "../../../web/figures/format.ts";
import { nearest } from "../../../web/figures/nearest.ts";
import { builtEngine } from "./small_volume.ts";

const engine = await builtEngine();

const ask = async (text: string, scope = {}) => evaluate(parseExpression(text), scope, engine);

describe("expressions", () => {
  const values: [string, number | string][] = [
    ["-3.5e2", -350],
    [".5", 0.5],
    ["'fp16'", "fp16"],
    ["tau", 4],
    ["tauSquared(tau=tau)", 16],
    [" tauSquared ( tau = tau ) ", 16],
    ["symmetricLevels(bits=3).lowest", -4],
    ["ratio(numerator=product(a=6, b=7), denominator=2)", 21],
    ["weightMemory(parameters=70e9, format='fp16')", 140e9],
    ["wandaRow(weights=[0.5, -0.25], norms=[1, tau], sparsity=0.5).sum", -0.25],
  ];
  for (const [text, value] of values) {
    it(`${text} is ${value}`, async () => assert.equal(await ask(text, { tau: 4 }), value));
  }

  it("asks a worker client, which answers with promises, the same way", async () => {
    const remote = {
      ...engine,
      tauSquared: (named: { tau: number }) => Promise.resolve(engine.tauSquared(named)),
    };
    assert.equal(await evaluate(parseExpression("tauSquared(tau=3)"), {}, remote), 9);
  });

  const errors: [string, RegExp][] = [
    ["", /expected a value at column 1, found 'the end'/],
    ["1 + 2", /cannot read '\+ 2' at column 3/],
    ["12abc", /cannot read '12abc' at column 1/],
    ["'unfinished", /cannot read ''unfinished' at column 1/],
    ["tau tau", /expected the end at column 5, found 'tau'/],
    ["tau.length", /expected the end at column 4/],
    ["tauSquared(4)", /expected an argument name of 'tauSquared' at column 12/],
    ["tauSquared(tau 4)", /expected '=' after 'tau' at column 16/],
    ["tauSquared(tau=4", /expected '\)' after the arguments of 'tauSquared' at column 17/],
    ["tauSquared(tau=1, tau=2)", /'tauSquared' is given 'tau' twice/],
    ["tauSquard(tau=4)", /no function 'tauSquard' for chapters \(did you mean 'tauSquared'\?\)/],
    ["tauSquared(ta=4)", /'tauSquared' takes no argument 'ta' \(did you mean 'tau'\?\)/],
    ["ratio(numerator=1)", /'ratio' needs the argument 'denominator'/],
    ["symmetricLevels(bits=3)", /returns several values: choose \.lowest or \.highest or \.count/],
    ["symmetricLevels(bits=3).cuont", /returns no field 'cuont' \(did you mean 'count'\?\)/],
    ["tauSquared(tau=4).x", /returns a plain value/],
    ["[1, 2]", /expected a value at column 1, found '\['/],
    ["wandaRow(weights=[1, 2", /expected '\]' after the entries of a list at column 23/],
    ["wandaRow(weights=[], norms=[1], sparsity=0)", /expected a value at column 19/],
    ["wandaRow(weights=[1], norms=[1, 2], sparsity=0).sum", /norms must be as many as weights/],
    ["tua", /no given value is named 'tua' \(did you mean 'tau'\?\)/],
    ["decodeCeiling(bandwidth=-1, bytesPerParameter=1, activeParameters=1)", /bandwidth/],
  ];
  for (const [text, message] of errors) {
    it(`refuses ${text || "nothing"}`, () => assert.rejects(ask(text, { tau: 4 }), { message }));
  }

  it("reaches no name outside its list, however it is spelt", async () => {
    const hostile = [
      "constructor",
      "__proto__",
      "toString",
      "constructor()",
      "__proto__()",
      "hasOwnProperty(a=1)",
      "softmax(logits=1)",
      "symmetricLevels(bits=3).constructor",
      "symmetricLevels(bits=3).__proto__",
      "tauSquared(__proto__=1)",
      "globalThis.process",
    ];
    for (const text of hostile)
      await assert.rejects(ask(text, { tau: 4 }), { name: "ExpressionError" }, text);
  });

  it("refuses nesting that would exhaust the stack", async () => {
    const deep = `${"product(a=1, b=".repeat(5000)}1${")".repeat(5000)}`;
    await assert.rejects(ask(deep), { message: /nested more than 32 deep/ });
  });
});

describe("formats", () => {
  const space = "\u00a0";
  const cases: [number | string, string, string][] = [
    [95.714, "fixed 1", "95.7"],
    [-0.04, "fixed 1", "0.0"],
    [-1234.56, "fixed 1", "−1,234.6"],
    [0.6 / 7, "digits 3", "0.0857"],
    [1200, "digits 2", "1,200"],
    [3.35e12, "scientific 2", `3.35${space}×${space}10¹²`],
    [-2e-5, "scientific 0", `−2${space}×${space}10⁻⁵`],
    [0.276, "percent 0", "28%"],
    [70e9, "count 1", "70B"],
    [3.5e9, "count 1", "3.5B"],
    [999.99e6, "count 1", "1B"],
    [12, "count 1", "12"],
    [140e9, "bytes 0", `140${space}GB`],
    [999.96, "bytes 1", `1.0${space}kB`],
    [8192, "integer", "8,192"],
    ["H100", "text", "H100"],
    [0.5, "text", "0.5"],
    [Number.POSITIVE_INFINITY, "fixed 1", "∞"],
    [Number.NaN, "fixed 1", "—"],
  ];
  for (const [value, spec, text] of cases) {
    it(`${value} as ${spec} is ${text}`, () => assert.equal(formatFigure(value, spec), text));
  }

  const errors: [number | string, string, RegExp][] = [
    [1, "fixd 1", /there is no format 'fixd' \(did you mean 'fixed'\?\)/],
    [1, "fixed", /'fixed' takes one number from 0 to 15/],
    [1, "fixed 99", /from 0 to 15/],
    [1, "digits 0", /from 1 to 15/],
    [1, "fixed 1 2", /takes one number/],
    [1, "integer 2", /takes no number/],
    [1, "constructor 1", /there is no format 'constructor'/],
    ["H100", "fixed 1", /'H100' is a text/],
  ];
  for (const [value, spec, message] of errors) {
    it(`refuses ${spec}`, () => assert.throws(() => formatFigure(value, spec), { message }));
  }
});

describe("nearest name", () => {
  it("is found for a slip of the keyboard, and not for another word", () => {
    assert.equal(nearest("quantiser", ["quantizer", "dark-knowledge"]), "quantizer");
    assert.equal(nearest("sundial", ["quantizer", "dark-knowledge"]), undefined);
    assert.equal(nearest("x", []), undefined);
  });
});
