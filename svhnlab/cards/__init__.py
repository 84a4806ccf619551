"""A data card and a model card for each run, filled from the results.

The model cards have the headings of M. Mitchell et al. (2019), Model cards for model reporting, FAT* '19, 220-229; the
data card has those of T. Gebru et al. (2021), Datasheets for datasets, Communications of the ACM 64(12), 86-92. Each
begins with metadata in the form of the Hugging Face Hub.
"""

from svhnlab.cards.write import FOLDER, CardText, data_card, model_card, write_cards

__all__ = ["FOLDER", "CardText", "data_card", "model_card", "write_cards"]
