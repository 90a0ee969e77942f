"""Wallet payments: a saga that debits a wallet, charges a card at an external gateway, and undoes what it must."""
