"""What mkdocs cannot do by itself: links that read well on GitHub and in the site."""

import pathlib
import re

OUTSIDE = re.compile(r"\[([^\]]*)\]\(\.\./([^)\s#]+)[^)\s]*\)")
NAMED = re.compile(r"\[([a-z-]+\.md)\]\((\1(?:#[^)\s]*)?)\)")


def outside(link):
    """A file outside docs/ is shown as its path."""
    return f"`{link[2]}`" if link[1].strip("`") in (link[2], "../" + link[2]) else f"{link[1]} (`{link[2]}`)"


def on_page_markdown(markdown, config, **_):
    def titled(link):
        """A link that is named by its page's file gets the page's title."""
        title = (pathlib.Path(config.docs_dir) / link[1]).read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# ")
        return f"[{title.split(':')[0]}]({link[2]})"

    return NAMED.sub(titled, OUTSIDE.sub(outside, markdown))
