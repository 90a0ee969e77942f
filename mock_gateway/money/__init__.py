"""What happens to money: amounts, cards, customers, the ledger, and every movement that may be made. Knows no HTTP."""
