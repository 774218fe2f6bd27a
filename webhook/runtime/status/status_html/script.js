// Keeps the page as the program is: fetches it again and puts in what has changed. It rests while nobody looks, and asks less and
// less often where nothing answers. Without it the page is the same, of the moment at which it was loaded.
"use strict";
(() => {
  const EVERY = 3000, LONGEST = 60000, PATIENCE = 10000;
  const live = document.getElementById("live");
  let pause = EVERY, timer = null, asking = null;

  const take = fresh => {
    document.title = fresh.title;
    for (const part of document.querySelectorAll("div[id]")) {
      const newer = fresh.getElementById(part.id);
      if (!newer || newer.innerHTML === part.innerHTML) continue;
      const scrolled = [...part.querySelectorAll(".scroll")].map(box => box.scrollLeft);
      part.replaceChildren(...newer.childNodes);
      part.querySelectorAll(".scroll").forEach((box, index) => { box.scrollLeft = scrolled[index] ?? 0; });
    }
  };

  const refresh = async () => {
    const control = asking = new AbortController();
    const impatience = setTimeout(() => control.abort(), PATIENCE);
    try {
      const answer = await fetch(location.pathname, { cache: "no-store", signal: control.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      take(new DOMParser().parseFromString(await answer.text(), "text/html"));
      pause = EVERY;
      live.hidden = true;
    } catch {
      if (asking !== control) return;
      pause = Math.min(2 * pause, LONGEST);
      live.textContent = `No answer: this is what was known. Asked again every ${pause / 1000} seconds.`;
      live.hidden = false;
    } finally {
      clearTimeout(impatience);
      if (asking === control) {
        asking = null;
        timer = setTimeout(refresh, pause);
      }
    }
  };

  const look = () => {
    clearTimeout(timer);
    asking?.abort();
    asking = null;
    if (document.hidden) return;
    pause = EVERY;
    refresh();
  };
  document.addEventListener("visibilitychange", look);
  if (!document.hidden) timer = setTimeout(refresh, pause);
})();
