/* A page that waits for something the server is making: says how far it is, and is asked for again when it is there. */
"use strict";
(() => {
  const AGAIN_MS = 800;
  const box = document.getElementById("making");
  const [done, said, bar] = ["done", "said", "bar"].map((id) => document.getElementById(id));

  // A server that is away for a moment is asked again.
  const again = () => ask().catch(() => setTimeout(again, AGAIN_MS * 4));

  async function ask() {
    const reply = await fetch(box.dataset.ask, { headers: { Accept: "application/json" } });
    const now = reply.ok ? await reply.json() : { there: true }; // the page itself says what is wrong
    if (now.there) {
      said.textContent = box.dataset.there;
      bar.value = bar.max;
      location.reload();
      return;
    }
    done.textContent = `${now.done} / ${now.steps}`;
    said.textContent = now.said;
    bar.max = now.steps;
    bar.value = now.done;
    setTimeout(again, AGAIN_MS);
  }

  setTimeout(again, AGAIN_MS);
})();
