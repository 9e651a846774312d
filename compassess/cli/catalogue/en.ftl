### What `compassess take` says to the examinee, in English. The same message ids stand in kk.ftl, ru.ftl and en.ftl.

how-to = Type the number of your answer and press Enter. Type - to leave an item unanswered; it does not come back. Type q to break off; the sitting can be resumed later.
log-kept = Every answer is saved at once in { $path }.
resumed = { $n ->
    [0] The sitting begins anew: nothing was answered yet.
    [one] The sitting goes on after { $n } answer.
   *[other] The sitting goes on after { $n } answers.
}
item-of = Item { $step } of at most { $longest }
text-elsewhere = Item { $item } (its text is kept elsewhere)
your-answer = Your answer ({ $first }–{ $last }):
not-an-answer = Please type a whole number from { $first } to { $last }, - to leave the item, or q to break off.
broken-off = { $n ->
    [0] The sitting is broken off before the first answer. It is saved in { $path }.
    [one] The sitting is broken off after { $n } answer. It is saved in { $path }.
   *[other] The sitting is broken off after { $n } answers. They are saved in { $path }.
}
resume-with = Resume it with:
over = The sitting is over.
over-before = This sitting is over already; its conclusion follows.
written = Written: { $path }
