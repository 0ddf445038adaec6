/* Data that the server is still making: say how far it is, and ask again. */
"use strict";
planmap.waiting = (() => {
  const AGAIN_MS = 800;
  let box = null;
  let waiting = 0;

  function say(reply) {
    const { make, pick } = planmap.panel;
    box = box || make("p", document.body, { class: "waiting", role: "status" });
    const [done, steps] = reply.done;
    box.textContent = `${pick(reply.title)} ${done} / ${steps} · ${pick(reply.said)}`;
    make("progress", box, { max: String(steps), value: String(done), "aria-hidden": "true" });
  }

  function silence() {
    waiting -= 1;
    if (waiting || !box) return;
    box.remove();
    box = null;
  }

  /* Return what an address holds; while the server makes it, it says so and is asked again. */
  async function read(address) {
    waiting += 1;
    try {
      for (;;) {
        const reply = await fetch(address, { headers: { Accept: "application/json" } });
        if (reply.ok) return await reply.json();
        if (reply.status !== 503) throw new Error(`${address}: ${reply.status}`);
        say(await reply.json());
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    } finally {
      silence();
    }
  }

  return { read };
})();
