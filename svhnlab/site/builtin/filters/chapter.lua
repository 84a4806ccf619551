-- Converts one chapter to HTML or Typst: content by format, numbers, captions, cross-references, callouts, tabsets,
-- folded code, alternative texts.
-- Metadata: `target` ("html" or "typst"), `source` (the chapter's path in the project), `labels` (a JSON file:
-- `own` has this chapter's labels, `book` those of all chapters with their pages, `titles` the first heading of
-- each chapter).

local CALLOUTS = { note = "Note", tip = "Tip", warning = "Warning", important = "Important", caution = "Caution" }

local text = pandoc.utils.stringify
local target, source, stem, folder, labels
local filter -- the filter of blocks; set below, since its functions apply it to nested blocks

local function raw(content)
  return pandoc.RawBlock(target, content)
end

local function escape(content)
  return (content:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;"):gsub('"', "&quot;"))
end

local function quoted(content)
  return '"' .. content:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("%s+", " ") .. '"'
end

-- Inlines as a block that adds no paragraph.
local function plain(inlines)
  return pandoc.Plain(inlines)
end

-- Inlines within Typst text, without spaces at the ends, which would appear in the outline.
local function wrapped(opening, inlines, closing)
  local result = pandoc.Inlines({ pandoc.RawInline("typst", opening) })
  result:extend(inlines)
  result:insert(pandoc.RawInline("typst", closing))
  return plain(result)
end

-- A path in this chapter, relative to the project's root.
local function from_root(path)
  local parts = pandoc.List({})
  for part in pandoc.path.join({ folder, path }):gmatch("[^/]+") do
    if part == ".." then
      parts:remove()
    elseif part ~= "." then
      parts:insert(part)
    end
  end
  return table.concat(parts, "/")
end

local function is_label(id)
  return id:match("^fig%-") or id:match("^tbl%-") or id:match("^sec%-")
end

-- All chapters share one namespace in the PDF, so anchors that are not labels get the chapter's name as prefix.
local function anchor(id, name)
  if target == "html" or id == "" or is_label(id) then return id end
  return (name or stem) .. "--" .. id
end

-- Filtered blocks between others; false ends the walk here, so that no block is filtered twice.
local function enclosed(before, blocks, after)
  local result = pandoc.List(before)
  result:extend(blocks:walk(filter))
  result:extend(after)
  return result, false
end

-- Content by format ----------------------------------------------------------------------------------------

local function visible(element)
  local classes, attributes = element.classes, element.attributes
  if classes:includes("content-visible") or classes:includes("content-hidden") then
    local wanted, unwanted = attributes["when-format"], attributes["unless-format"]
    local applies = (not wanted or wanted == target) and (not unwanted or unwanted ~= target)
    return applies == classes:includes("content-visible") and element.content or {}
  end
  if target == "typst" and classes:includes("dark-content") then return {} end
end

-- Blocks ----------------------------------------------------------------------------------------------------

local function callout(div, kind)
  local title = div.attributes.title and pandoc.Inlines(div.attributes.title)
  local content = div.content
  if not title and content[1] and content[1].t == "Header" then
    title = content[1].content
    content:remove(1)
  end
  title = title or pandoc.Inlines(CALLOUTS[kind])
  if target == "typst" then
    return enclosed({ raw('#callout("' .. kind .. '", title: ['), plain(title), raw("])[") }, content, { raw("]") })
  end
  local folded = div.attributes.collapse
  local attributes = ' class="callout callout-' .. kind .. '"'
  if not folded then
    return enclosed(
      { raw("<div" .. attributes .. ' role="note"><p class="callout-title">'), plain(title), raw('</p><div class="callout-body">') },
      content,
      { raw("</div></div>") }
    )
  end
  local opening = "<details" .. attributes .. (folded == "false" and " open" or "") .. '><summary class="callout-title">'
  return enclosed(
    { raw(opening), plain(title), raw('</summary><div class="callout-body">') },
    content,
    { raw("</div></details>") }
  )
end

local function is_float(block)
  return block.t == "Div" and labels.own[block.identifier]
end

-- In HTML each tab is a section with a heading, which the page's script converts to tabs; print keeps the sections. In
-- the PDF a panel with text keeps its heading. Figures float, and their captions describe them.
local function tabset(div)
  local panels, level = pandoc.List({}), nil
  for _, block in ipairs(div.content) do
    if block.t == "Header" and (not level or block.level == level) then
      level = block.level
      panels:insert({ title = block.content, blocks = pandoc.Blocks({}) })
    elseif #panels > 0 then
      panels[#panels].blocks:insert(block)
    end
  end
  local result = pandoc.Blocks({})
  for _, panel in ipairs(panels) do
    if target == "html" then
      local title = pandoc.Div({ pandoc.Para({ pandoc.Strong(panel.title) }) }, { class = "tab-title" })
      panel.blocks:insert(1, title)
      result:insert(pandoc.Div(panel.blocks, { class = "tab-panel" }))
    else
      if panel.blocks:find_if(function(block) return not is_float(block) end) then
        result:insert(wrapped("#panel-heading(" .. level .. ")[", panel.title, "]"))
      end
      result:extend(panel.blocks)
    end
  end
  if target == "html" then return pandoc.Div(result, { class = "panel-tabset" }) end
  return enclosed({}, result, {})
end

local function float(div)
  local label = labels.own[div.identifier]
  local caption = plain(div.content:remove(#div.content).content)
  local kind, tag = label.kind:lower(), label.kind .. "\u{a0}" .. label.number
  if target == "typst" then
    local opening = '#float("' .. kind .. '", "' .. label.kind .. '", "' .. label.number .. '", ['
    return enclosed({ raw(opening), caption, raw("])[") }, div.content, { raw("] <" .. div.identifier .. ">") })
  end
  local opening = raw('<figure id="' .. escape(div.identifier) .. '" class="float float-' .. kind .. '">')
  local head = { raw('<figcaption><span class="caption-number">' .. tag .. ":</span> "), caption, raw("</figcaption>") }
  if kind == "table" then
    return enclosed({ opening, table.unpack(head) }, div.content, { raw("</figure>") })
  end
  head[#head + 1] = raw("</figure>")
  return enclosed({ opening, raw('<div class="figure-body">') }, div.content, { raw("</div>"), table.unpack(head) })
end

local function div(element)
  for kind in pairs(CALLOUTS) do
    if element.classes:includes("callout-" .. kind) then return callout(element, kind) end
  end
  if element.classes:includes("panel-tabset") then return tabset(element) end
  if element.classes:includes("code-fold") and target == "html" then
    local opening = '<details class="code-fold"><summary>' .. escape(element.attributes.summary) .. "</summary>"
    return enclosed({ raw(opening) }, element.content, { raw("</details>") })
  end
  if labels.own[element.identifier] then return float(element) end
  if target == "typst" and element.classes:includes("lead") then
    return enclosed({ raw("#lead[") }, element.content, { raw("]") })
  end
  element.identifier = anchor(element.identifier)
  return element
end

local function header(element)
  local label = labels.own[element.identifier]
  local number = label and label.number ~= "" and label.number
  element.identifier = anchor(element.identifier)
  if target == "typst" then
    local opening = "#section(" .. element.level .. ", " .. (number and '"' .. number .. '"' or "none") .. ")["
    local closing = element.identifier ~= "" and "] <" .. element.identifier .. ">" or "]"
    return wrapped(opening, element.content, closing), false
  end
  if number then
    element.content:insert(1, pandoc.Span({ pandoc.Str(number) }, { class = "section-number" }))
    element.content:insert(2, pandoc.Space())
  end
  return element
end

-- A wide table scrolls separately; the script of the page makes it a tab stop if it does.
local function scrolling(element)
  if target == "html" then
    return { raw('<div class="table-scroll">'), element, raw("</div>") }, false
  end
end

-- Inlines ---------------------------------------------------------------------------------------------------

local function cite(element)
  if not element.citations:find_if(function(citation) return labels.book[citation.id] end) then return end
  local result = pandoc.List({})
  for position, citation in ipairs(element.citations) do
    local label = labels.book[citation.id]
    if position > 1 then result:extend({ pandoc.Str(","), pandoc.Space() }) end
    if #citation.prefix > 0 then
      result:extend(citation.prefix)
      result:insert(pandoc.Space())
    end
    if label then
      local words = label.number
      if label.number == "" then
        words = label.text
      elseif citation.mode ~= "SuppressAuthor" then
        words = label.kind .. "\u{a0}" .. label.number
      end
      local page = ""
      if target == "html" and label.source ~= source then
        page = folder == "." and label.page or pandoc.path.make_relative(label.page, folder, true)
      end
      result:insert(pandoc.Link({ pandoc.Str(words) }, page .. "#" .. citation.id, "", { class = "cross-reference" }))
    else
      result:insert(pandoc.Cite({}, { citation }))
    end
    result:extend(citation.suffix)
  end
  return result
end

local function link(element)
  local path, hash = element.target:match("^([^:#]+%.qmd)#?(.*)$")
  if path and target == "html" then
    element.target = path:gsub("%.qmd$", ".html") .. (hash ~= "" and "#" .. hash or "")
  elseif path then
    local other = from_root(path)
    local name = other:match("([^/]+)%.qmd$")
    element.target = "#" .. anchor(hash ~= "" and hash or labels.titles[other] or "", name)
  elseif element.target:match("^#") then
    element.target = "#" .. anchor(element.target:sub(2))
  end
  return element
end

local function image(element)
  local alt = element.attributes["fig-alt"] or element.attributes.alt or text(element.caption)
  if target == "typst" then
    local width = element.attributes.width and ", width: " .. element.attributes.width or ""
    return pandoc.RawInline("typst", "#box(image(" .. quoted("/" .. from_root(element.src)) .. ", alt: " .. quoted(alt) .. width .. "))")
  end
  element.attributes["fig-alt"] = nil
  element.attributes.alt = alt
  element.attributes.loading = "lazy"
  return element
end

local function cites(blocks)
  local found = false
  blocks:walk({ Cite = function() found = true end })
  return found
end

-- A tagged PDF needs a text alternative for formulas, too: their TeX source.
local function math(element)
  if target ~= "typst" then return end
  local formula = pandoc.RawInline("typst", "#[#set math.equation(alt: " .. quoted(element.text) .. ");")
  return { formula, element, pandoc.RawInline("typst", "]") }
end

function Pandoc(doc)
  target, source = text(doc.meta.target), text(doc.meta.source)
  stem, folder = source:match("([^/]+)%.qmd$"), pandoc.path.directory(source)
  local file <close> = assert(io.open(text(doc.meta.labels), "r"))
  labels = pandoc.json.decode(file:read("a"), false)
  if doc.meta.title then
    doc.blocks:insert(1, pandoc.Header(1, doc.meta.title, { id = "title" }))
    labels.own.title = { number = text(doc.meta["chapter-number"]) }
  end
  -- Outer blocks first, since callouts and tabsets use the first headings inside them as titles.
  filter = { traverse = "topdown", Div = div, Header = header, Table = scrolling }
  doc.blocks = doc.blocks:walk({ Div = visible, Span = visible }):walk(filter)
  doc.blocks = doc.blocks:walk({ Cite = cite, Link = link, Image = image, Math = math })
  if target == "html" and cites(doc.blocks) then
    doc.blocks:insert(pandoc.Header(2, "References", { id = "references" }))
    doc.blocks:insert(pandoc.Div({}, { id = "refs" }))
  end
  return doc
end
