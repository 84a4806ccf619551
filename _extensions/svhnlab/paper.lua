-- Features that Quarto lacks. PDF: columns as wide as their content, panels of a tabset without section numbers, links
-- between chapters, text alternatives of formulas. HTML: a heading of the references.

local text = pandoc.utils.stringify

local function quoted(content)
  return '"' .. content:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("%s+", " ") .. '"'
end

local function raw(content)
  return pandoc.RawBlock("typst", content)
end

-- Pandoc gives Markdown tables with long lines fixed column widths; remove them.
local function columns(element)
  for _, column in ipairs(element.colspecs) do
    column[2] = nil
  end
  return element
end

local function is_float(block)
  return block.t == "Div" and block.attributes.__quarto_custom_type == "FloatRefTarget"
end

-- A panel with text keeps its heading. Figures float, and their captions describe them.
local function panels(tabset)
  local result = pandoc.Blocks({})
  for _, tab in ipairs(tabset.tabs) do
    local content = quarto.utils.as_blocks(tab.content)
    if content:find_if(function(block) return not is_float(block) end) then
      local title = pandoc.Inlines({ pandoc.RawInline("typst", "#panel-heading(" .. tabset.level .. ")[") })
      title:extend(quarto.utils.as_inlines(tab.title))
      title:insert(pandoc.RawInline("typst", "]"))
      result:insert(pandoc.Plain(title))
    end
    result:extend(content)
  end
  return result
end

local function lead(div)
  if not div.classes:includes("lead") then return nil end
  local result = pandoc.Blocks({ raw("#lead[") })
  result:extend(div.content)
  result:insert(raw("]"))
  return result
end

-- A tagged PDF needs a text alternative for formulas, too: their TeX source.
local function formula(element)
  local opening = pandoc.RawInline("typst", "#[#set math.equation(alt: " .. quoted(element.text) .. ");")
  return { opening, element, pandoc.RawInline("typst", "]") }
end

-- What Quarto knows of the chapter that begins with a block, from its comment with base64-encoded JSON.
local function file_of(block)
  local told = block.t == "RawBlock" and block.text:match("^<!%-%- quarto%-file%-metadata: (%S+) %-%->")
  return told and pandoc.json.decode(quarto.base64.decode(told), false)
end

local function chapter_of(block)
  local file = file_of(block)
  return file and file.bookItemFile
end

local function resolved(path, folder)
  if path:match("^/") then return path:sub(2) end
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

-- All chapters are one document here, so a link to another chapter points to its title or to the given anchor.
local function links(doc)
  local titles, chapter = {}, nil
  for _, block in ipairs(doc.blocks) do
    chapter = chapter_of(block) or chapter
    if chapter and not titles[chapter] and block.t == "Header" and block.level == 1 then
      titles[chapter] = block.identifier
    end
  end
  chapter = "index.qmd"
  for position, block in ipairs(doc.blocks) do
    chapter = chapter_of(block) or chapter
    local folder = pandoc.path.directory(chapter)
    doc.blocks[position] = block:walk({
      Link = function(element)
        local path, hash = element.target:match("^([^:#]+%.qmd)#?(.*)$")
        local goal = path and (hash ~= "" and hash or titles[resolved(path, folder)])
        if goal then element.target = "#" .. goal end
        return element
      end,
    })
  end
  return doc
end

-- Before the appendices, Quarto has a heading, which would be a page with one word. Instead, letters number the chapters
-- that follow.
local function appendices(div)
  local found = div.classes:includes("quarto-book-part") and div.content:find_if(function(block)
    local file = file_of(block)
    return file and file.bookItemType == "appendix"
  end)
  return found and raw("#show: appendices") or nil
end

-- In HTML the references are a section. In the PDF the settings give the title of the one list, at the first level.
local function reference_list(doc)
  if #pandoc.utils.references(doc) > 0 then
    doc.blocks:insert(pandoc.Header(2, "References", { id = "references", class = "unnumbered" }))
    doc.blocks:insert(pandoc.Div({}, { id = "refs" }))
  end
  return doc
end

-- Of the filters for the PDF, HTML needs only the columns.
if not quarto.doc.is_format("typst") then return { { Table = columns, Pandoc = reference_list } } end
return { { Div = appendices }, { Pandoc = links }, { Table = columns, Div = lead, Tabset = panels, Math = formula } }
