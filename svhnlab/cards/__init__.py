"""A data card, and a model card for each run, generated from the results.

The model cards use the headings of M. Mitchell et al. (2019), Model cards for model reporting, FAT* '19, 220-229; the
data card uses those of T. Gebru et al. (2021), Datasheets for datasets, Communications of the ACM 64(12), 86-92. Each
card begins with metadata in the format of the Hugging Face Hub.
"""

from svhnlab.cards.write import FOLDER, CardText, data_card, model_card, write_cards

__all__ = ["FOLDER", "CardText", "data_card", "model_card", "write_cards"]
