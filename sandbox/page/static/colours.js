// Colours that people chose, made readable on what they stand on.

const dark = matchMedia("(prefers-color-scheme: dark)");
const LEAST = 4.6;
const PAPER = { dark: [49, 51, 56], light: [242, 243, 245] };

/** The colour of a role as text: moved towards white or black until it can be read (WCAG AA). */
export function readable(colour) {
  const paper = dark.matches ? PAPER.dark : PAPER.light;
  const towards = dark.matches ? 255 : 0;
  let rgb = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  for (let step = 0; step < 20 && contrast(rgb, paper) < LEAST; step += 1)
    rgb = rgb.map((part) => part + (towards - part) * 0.1);
  return `rgb(${rgb.map(Math.round).join(" ")})`;
}

function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function luminance(rgb) {
  const [red, green, blue] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Calls back when the theme changes: what was painted by hand has to be painted again. */
export function onTheme(listener) {
  dark.addEventListener("change", listener);
}
