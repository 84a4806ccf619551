-- Writer that prints the labels and references of a chapter as JSON.
-- Only this writer assigns numbers; all formats read its list.
-- Metadata: `chapter-number` ("1", "A", or "" for an unnumbered chapter).

local FLOATS = { fig = "Figure", tbl = "Table" }

local text = pandoc.utils.stringify

local function has_caption(div)
  local last = div.content[#div.content]
  return last and last.t == "Para" and text(last):match("%S")
end

local function is_callout(class)
  return class:match("^callout%-")
end

function Writer(doc)
  local number = text(doc.meta["chapter-number"])
  local numbered = number ~= ""
  local counts, depth = { fig = 0, tbl = 0 }, {}
  local labels, references, problems = {}, pandoc.List({}), pandoc.List({})
  local title = doc.meta.title and { text = text(doc.meta.title), id = "title" }

  local function add(id, kind, value, caption)
    if labels[id] then problems:insert("the label " .. id .. " is given twice") end
    labels[id] = { kind = kind, number = value, text = caption }
  end

  local function float(block)
    local kind = block.identifier:match("^(%a+)%-")
    if not FLOATS[kind] then return end
    counts[kind] = counts[kind] + 1
    add(block.identifier, FLOATS[kind], (numbered and number .. "." or "") .. counts[kind], "")
    if block.t == "Div" and not has_caption(block) then
      problems:insert(block.identifier .. " has no caption: its last paragraph has to be text")
    end
  end

  local function heading(block)
    local level, value = block.level, ""
    if numbered and not block.classes:includes("unnumbered") then
      value = number
      if level > 1 then
        depth[level] = (depth[level] or 0) + 1
        for deeper = level + 1, 6 do depth[deeper] = 0 end
        for upper = 2, level do value = value .. "." .. (depth[upper] or 0) end
      end
    end
    local kind = level > 1 and "Section" or (number:match("%a") and "Appendix" or "Chapter")
    add(block.identifier, kind, value, text(block.content))
    title = title or { text = text(block.content), id = block.identifier }
  end

  local function visit(blocks, inside)
    for _, block in ipairs(blocks) do
      if block.t == "Header" and not inside then
        heading(block)
      elseif block.t == "Figure" then
        float(block)
      elseif block.t == "Div" then
        float(block)
        -- Headings in tabsets and callouts are titles of these, not sections.
        local own = block.classes:includes("panel-tabset") or block.classes:find_if(is_callout)
        visit(block.content, inside or own)
      end
    end
  end

  visit(doc.blocks, false)
  doc:walk({
    Image = function(image)
      if not (image.attributes["fig-alt"] or image.attributes.alt or #image.caption > 0) then
        problems:insert("the picture " .. image.src .. " has no text alternative: give it fig-alt")
      end
    end,
    Cite = function(cite)
      for _, citation in ipairs(cite.citations) do references:insert(citation.id) end
    end,
  })
  if not title then problems:insert("the chapter has no title: begin it with `# Title`") end
  return pandoc.json.encode({ title = title, labels = labels, references = references, problems = problems })
end
