// A page of its own comes anew by itself; in Locust's tab the tab brings what is new.
if (window.top === window) {
  setTimeout(() => { if (!document.hidden) location.reload(); }, 3000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) location.reload(); });
}
