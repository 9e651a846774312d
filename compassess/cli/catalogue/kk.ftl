### What `compassess take` says to the examinee, in Kazakh. The same message ids stand in kk.ftl, ru.ftl and en.ftl.
### No sentence puts an ending on a number that arrives.

how-to = Жауаптың нөмірін теріп, Enter пернесін басыңыз. Тестілеуді үзу үшін q теріңіз: оны кейін жалғастыруға болады.
log-kept = Әр жауап бірден мына файлға сақталады: { $path }
resumed = { $n ->
    [0] Тестілеу басынан басталады: әлі бірде-бір жауап берілмеген.
   *[other] Тестілеу { $n } жауаптан кейін жалғасады.
}
item-of = { $step }-тапсырма (ең көбі { $longest })
text-elsewhere = { $item } тапсырмасы (мәтіні бөлек сақталады)
your-answer = Жауабыңыз ({ $first }–{ $last }):
not-an-answer = { $first }–{ $last } аралығындағы бүтін санды теріңіз немесе тестілеуді үзу үшін q теріңіз.
broken-off = { $n ->
    [0] Тестілеу бірінші жауапқа дейін үзілді және мына файлға сақталды: { $path }
   *[other] Тестілеу { $n } жауаптан кейін үзілді және мына файлға сақталды: { $path }
}
resume-with = Жалғастыру үшін мына команданы орындаңыз:
over = Тестілеу аяқталды.
over-before = Бұл тестілеу бұрын аяқталған; қорытындысы төменде.
written = Жазылды: { $path }
