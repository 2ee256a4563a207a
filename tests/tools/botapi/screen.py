"""What a person sees of a message: words, marks, buttons. Knows no update and no method."""

from dataclasses import dataclass

from tests.tools.botapi.markup import Entity, cut
from tests.tools.botapi.things import Message

BOT, YOU, OTHERS = "bot", "you", "others"
_MEDIA = ("contact", "photo", "document", "voice", "video_note", "sticker", "location")


@dataclass(frozen=True, kw_only=True)
class Button:
    """A button under a message: with ``data`` it tells the bot, with ``url`` it opens a page."""

    label: str
    data: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A message as it was on the screen when it was looked at; ``sender`` is "bot", "you" or "others"."""

    message_id: int
    sender: str
    text: str
    entities: tuple[Entity, ...] = ()
    rows: tuple[tuple[Button, ...], ...] = ()
    protected: bool = False
    silent: bool = False
    edited: bool = False
    preview_disabled: bool = False
    media: str = ""  # "document" and the like; empty for a text

    @property
    def buttons(self) -> tuple[tuple[str, ...], ...]:
        """The labels, row by row."""
        return tuple(tuple(button.label for button in row) for row in self.rows)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of all rows."""
        return tuple(button.label for row in self.rows for button in row)

    @property
    def links(self) -> dict[str, str]:
        """Address by label of the buttons that open a page, and by words of the links in the text."""
        told = {button.label: button.url for row in self.rows for button in row if button.url}
        return told | {self.part(one): one.url or "" for one in self.entities if one.type == "text_link"}

    def marked(self, kind: str) -> tuple[str, ...]:
        """Return the words marked so: "bold", "blockquote", "expandable_blockquote", "code", …"""
        return tuple(self.part(one) for one in self.entities if one.type == kind)

    def part(self, entity: Entity) -> str:
        """Return the words that an entity marks."""
        return cut(self.text, entity.offset, entity.length)

    def button(self, what: str | int) -> Button | None:
        """Return a button by its place, its label, or a part of its label; None where it has none such."""
        every = [button for row in self.rows for button in row]
        if isinstance(what, int):
            return every[what] if -len(every) <= what < len(every) else None
        exact = [button for button in every if button.label == what]
        near = [button for button in every if what in button.label]
        return next(iter(exact + near), None)


def show(message: Message, you: int) -> Shown:
    """Return a message as it looks now to the person ``you``."""
    keyboard = message.keyboard.rows if message.keyboard else ()
    preview = message.link_preview or {}
    mine = message.sender is not None and message.sender.id == you
    return Shown(
        message_id=message.message_id,
        sender=BOT if message.own else YOU if mine else OTHERS,
        text=message.text or str(message.content.get("caption", "")),
        entities=message.entities,
        rows=tuple(
            tuple(
                Button(label=one["text"], data=str(one.get("callback_data", "")), url=str(one.get("url", "")))
                for one in row
            )
            for row in keyboard
        ),
        protected=message.protected,
        silent=message.silent,
        edited=bool(message.edit_date),
        preview_disabled=bool(preview.get("is_disabled")),
        media=next((kind for kind in _MEDIA if kind in message.content), ""),
    )
