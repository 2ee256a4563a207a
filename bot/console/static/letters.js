// Says which files were chosen, and how big they are. Without it the page works the same.

const files = document.getElementById("files");
const chosen = document.getElementById("chosen");

/**
 * Returns a size as people read it.
 * @param {number} bytes
 * @returns {string}
 */
function size(bytes) {
  if (bytes < 1_000_000) {
    return `${Math.max(1, Math.round(bytes / 1000))} kB`;
  }
  return `${(bytes / 1_000_000).toLocaleString("sq", { maximumFractionDigits: 1 })} MB`;
}

if (files instanceof HTMLInputElement && chosen) {
  files.addEventListener("change", () => {
    const lines = [...(files.files ?? [])].map((file) => {
      const line = document.createElement("li");
      line.textContent = `${file.name} (${size(file.size)})`;
      return line;
    });
    chosen.replaceChildren(...lines);
  });
}

export {};
