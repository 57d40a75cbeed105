// Where a link of a message leads: Discord's and Telegram's into their panes, pages of this machine into the page's browser.

const LOCAL = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Follows a link as a person would who presses it. */
export async function openLink(url) {
  const target = new URL(url, location.href);
  if (target.hostname === "discord.com" && target.pathname.startsWith("/channels/")) {
    document.dispatchEvent(new CustomEvent("discord-link", { detail: target.href }));
    return;
  }
  if (target.hostname === "t.me") {
    document.dispatchEvent(new CustomEvent("telegram-link", { detail: target.href }));
    return;
  }
  if (LOCAL.has(target.hostname)) {
    try {
      const { browse } = await import("./browser.js");
      browse(target.href);
      return;
    } catch (error) {
      console.warn("The page's own browser did not open.", error);
    }
  }
  window.open(target.href, "_blank", "noopener");
}
