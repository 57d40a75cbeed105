// Where the tour's card and its ring stand.

const EDGE_PX = 8;
const AWAY_PX = 16;
const GRID_PX = 32;
const RING_PX = 5;

/** How much worse a covered pixel of the target, or of what should stay in view, is than a pixel of distance. */
const COST_TARGET = 1;
const COST_CLEAR = 0.02;

const grown = (box) => ({
  left: box.left - AWAY_PX + 1,
  right: box.right + AWAY_PX - 1,
  top: box.top - AWAY_PX + 1,
  bottom: box.bottom + AWAY_PX - 1,
});

function covered(at, other) {
  const across = Math.min(at.right, other.right) - Math.max(at.left, other.left);
  const down = Math.min(at.bottom, other.bottom) - Math.max(at.top, other.top);
  return Math.max(0, across) * Math.max(0, down);
}

function distance(at, box) {
  return Math.hypot(
    Math.max(box.left - at.right, at.left - box.right, 0),
    Math.max(box.top - at.bottom, at.top - box.bottom, 0),
  );
}

/**
 * The left upper corner for a card of this size, where it covers least of what one should see: of the target `box`
 * nothing, of the boxes to keep `clear` as little as can be; and then near to the target. Without one: low on the right.
 */
export function spot({ width, height }, box, clear) {
  const target = box ?? { left: innerWidth, right: innerWidth, top: innerHeight, bottom: innerHeight };
  const beside = [target.left, target.right - width, target.right + AWAY_PX, target.left - width - AWAY_PX];
  const around = [target.top - height - AWAY_PX, target.bottom + AWAY_PX, (target.top + target.bottom - height) / 2];
  let best = { left: EDGE_PX, top: EDGE_PX, cost: Infinity };
  for (const left of stops(beside, innerWidth - width)) {
    for (const top of stops(around, innerHeight - height)) {
      const at = { left, top, right: left + width, bottom: top + height };
      const hidden = clear.reduce((sum, other) => sum + covered(at, other), 0);
      const cost = covered(at, grown(target)) * COST_TARGET + hidden * COST_CLEAR + distance(at, target);
      if (cost < best.cost - 0.5) best = { left, top, cost };
    }
  }
  return best;
}

/** Places along one side that are worth a look: those beside the target first, then every so often. */
function stops(first, most) {
  const all = [...first];
  for (let at = EDGE_PX; at < most - EDGE_PX; at += GRID_PX) all.push(at);
  return [...all, most - EDGE_PX].filter((at) => at >= EDGE_PX && at <= most - EDGE_PX);
}

/** Puts the ring around a box, inside of the window; hides it where there is none. */
export function surround(ring, box) {
  ring.hidden = !box?.width;
  if (ring.hidden) return;
  const left = Math.max(2, box.left - RING_PX);
  const top = Math.max(2, box.top - RING_PX);
  const width = Math.min(innerWidth - 2, box.right + RING_PX) - left;
  const height = Math.min(innerHeight - 2, box.bottom + RING_PX) - top;
  Object.assign(ring.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
}
