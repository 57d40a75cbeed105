-- What an invoice asks for, line by line, as canonical JSON; NULL until Stripe lists the invoice again.
ALTER TABLE invoice ADD COLUMN lines TEXT;
