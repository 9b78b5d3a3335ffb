// What a window would come to, asked while it is dragged: one question at a time, the last one wins.

import { post } from "./api.js";

const GAP = 60; // milliseconds between two questions
const readers = new Set();
let wanted = null, busy = false, round = 0;

// `reader(answer)` for each answer, `reader(null)` when nothing is dragged any more.
export function watchWeights(reader) {
  readers.add(reader);
}

export function weigh(id, span) {
  wanted = { [id]: span };
  if (!busy) work();
}

// The windows are let go: answers still under way no longer count.
export function settle() {
  wanted = null;
  round += 1;
  tell(null);
}

async function work() {
  busy = true;
  while (wanted) {
    const windows = wanted, mine = round;
    wanted = null;
    try {
      const answer = await post("/api/weigh", { windows });
      if (mine === round) requestAnimationFrame(() => mine === round && tell(answer));
    } catch {
      // What is shown stays; the next move asks again, and letting go tells what is wrong.
    }
    await new Promise((done) => setTimeout(done, GAP));
  }
  busy = false;
}

function tell(answer) {
  for (const reader of readers) reader(answer);
}
